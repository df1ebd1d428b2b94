//go:build xen

package dom0

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stuckRelease is the parameter of the module by which its remove() goes on.
const stuckRelease = "/sys/module/stuck/parameters/release"

// stick gives a device to the driver that hangs in remove(). When the test is over, its
// driver goes on, and goes.
func stick(t *testing.T, address string) {
	t.Helper()
	must(t, "insmod", "/tests/stuck.ko")
	mustWrite(t, devices+address+"/driver/unbind", address)
	mustWrite(t, devices+address+"/driver_override", "stuck")
	mustWrite(t, "/sys/bus/pci/drivers_probe", address)
	mustWrite(t, devices+address+"/driver_override", "\n")
	if got := driver(address); got != "stuck" {
		t.Fatalf("%s: driver %q, want stuck", address, got)
	}
	t.Cleanup(func() {
		release(t)
		if err := exec.Command("rmmod", "stuck").Run(); err != nil {
			t.Error("rmmod stuck:", err)
		}
		if isThere(address) {
			sendHome(t, address)
		}
	})
}

// release lets the driver's remove() return.
func release(t *testing.T) {
	t.Helper()
	if err := write(stuckRelease, "1"); err != nil {
		t.Error(err)
	}
}

// TestStuckHide hides a device whose driver hangs: the command ends after its deadline, the
// others work meanwhile, and the next one after the driver has let go completes what was begun.
func TestStuckHide(t *testing.T) {
	begin(t, card, twin)
	stick(t, card)
	r := xenpci(t, failed, "hide", "--timeout", "3s", "00:09.0")
	says(t, r.stderr, card, "unbind", "still waiting in the kernel", "nothing can be done with the device")

	says(t, xenpci(t, done, "status").stdout, "1 unfinished", "hide not finished")
	says(t, xenpci(t, done, "list", "-s", "09.0").stdout, "00:09.0 Ethernet controller")
	for _, verb := range []string{"hide", "unhide"} {
		says(t, xenpci(t, failed, verb, "--timeout", "3s", "00:09.0").stderr, "has not finished", "still waiting in the kernel")
	}
	xenpci(t, done, "hide", "--timeout", "60s", "00:0a.0")
	wantHidden(t, twin)
	xenpci(t, done, "unhide", "--timeout", "60s", "00:0a.0")
	wantHome(t, twin)

	release(t)
	says(t, xenpci(t, done, "hide", "00:09.0").stderr, "an earlier hide was interrupted", "completed")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// TestStuckKilled kills the command while its driver hangs. The write goes on without it, and
// nothing is done with the device before that has come to its end.
func TestStuckKilled(t *testing.T) {
	begin(t, card)
	stick(t, card)
	command := exec.Command("xenpci", "hide", "--timeout", "10m", "00:09.0")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the driver waits", patience, func() bool { return driver(card) == "" })
	_ = command.Process.Signal(syscall.SIGKILL)
	_ = command.Wait()

	says(t, xenpci(t, failed, "unhide", "--timeout", "3s", "00:09.0").stderr, card)
	says(t, xenpci(t, done, "status").stdout, "1 unfinished")
	release(t)
	eventually(t, "what was begun is undone or completed", patience, func() bool {
		return run(t, "xenpci", "unhide", "--timeout", "60s", "00:09.0").status == done
	})
	wantHome(t, card)
	wantNetwork(t, card)
}

// TestStuckPulled pulls a card while a command hides it.
func TestStuckPulled(t *testing.T) {
	must(t, "modprobe", "e1000e")
	t.Cleanup(func() { run(t, "rmmod", "e1000e") })
	qemu := openMonitor(t)
	qemu.plug(t, "e1000e", "port1", "hot", plugged)
	eventually(t, "e1000e has it", patience, func() bool { return driver(plugged) == "e1000e" })
	stick(t, plugged)
	hiding := start(t, "xenpci", "hide", "--timeout", "100s", plugged)
	eventually(t, "the driver waits", patience, func() bool { return driver(plugged) == "" })
	qemu.ask(t, "device_del", map[string]any{"id": "hot"})
	time.Sleep(attention)
	release(t)
	status := hiding()
	eventually(t, plugged+" is gone", patience, func() bool { return !isThere(plugged) })
	if status != done && status != failed && status != noDevice {
		t.Errorf("hide ended with status %d", status)
	}
	says(t, xenpci(t, done, "status").stdout, "0 hidden")

	qemu.plug(t, "e1000e", "port1", "hot", plugged)
	xenpci(t, done, "hide", plugged)
	wantHidden(t, plugged)
	xenpci(t, done, "unhide", plugged)
	qemu.pull(t, "hot", plugged)
}

// attention is how long the kernel waits, from the button of a slot that is pressed until it
// removes the card (drivers/pci/hotplug/pciehp_ctrl.c: five seconds).
const attention = 8 * time.Second

// start starts a command. The result waits until it has ended, and returns its status.
func start(t *testing.T, args ...string) (wait func() int) {
	t.Helper()
	command := exec.Command(args[0], args[1:]...)
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return func() int {
		_ = command.Wait()
		t.Logf("$ %s  (%d)\n%s", strings.Join(args, " "), command.ProcessState.ExitCode(), said.String())
		return command.ProcessState.ExitCode()
	}
}

// TestStuckXenstored kills xenstored while a command hides a device: it is hidden, or is
// what it was.
func TestStuckXenstored(t *testing.T) {
	begin(t, card)
	stick(t, card)
	hiding := start(t, "xenpci", "hide", "--timeout", "100s", "00:09.0")
	eventually(t, "the driver waits", patience, func() bool { return driver(card) == "" })
	killXenstored(t)
	release(t)
	if status := hiding(); status != done && status != failed {
		t.Errorf("hide ended with status %d", status)
	}
	xenpci(t, done, "status")
	startXenstored(t)
	xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

// TestStuckDaemon has the daemon hide a device whose driver hangs: it answers meanwhile, keeps
// the other devices as they are declared, and hides this one as soon as the driver lets go.
func TestStuckDaemon(t *testing.T) {
	begin(t, card, twin)
	stick(t, card)
	startDaemon(t, twin)
	wantState(t, twin, "hidden")
	writeDevices(t, card, twin)
	eventually(t, "the driver waits", patience, func() bool { return driver(card) == "" })
	xenpci(t, done, "daemon", "status")
	takeBack(t, twin)
	wantState(t, card, "failed")
	wantState(t, twin, "hidden") // it was taken back
	wantHidden(t, twin)
	release(t)
	wantState(t, card, "hidden")
	wantHidden(t, card)
}
