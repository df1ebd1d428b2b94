//go:build xen

package dom0

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The places where cards are plugged in.
const (
	plugged = "0000:01:00.0" // behind the first root port
	other   = "0000:02:00.0" // behind the second
)

// xenpcid is a running daemon.
type xenpcid struct {
	t       *testing.T
	command *exec.Cmd
	log     string
}

// startDaemon starts the daemon with a list that declares the addresses, and waits for its
// first look. It ends with the test, and so does its list.
func startDaemon(t *testing.T, addresses ...string) *xenpcid {
	t.Helper()
	t.Cleanup(func() {
		_ = os.RemoveAll("/etc/xenpci")
		_ = os.RemoveAll("/run/xenpci")
	})
	writeDevices(t, addresses...)
	d := &xenpcid{t: t, log: filepath.Join(t.TempDir(), "xenpcid.log")}
	d.start()
	t.Cleanup(func() {
		d.end(syscall.SIGTERM)
		if text, _ := os.ReadFile(d.log); t.Failed() {
			t.Logf("the daemon's log:\n%s", text)
		}
	})
	return d
}

func (d *xenpcid) start() {
	d.t.Helper()
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	read, write, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer read.Close()
	d.command = exec.Command("xenpcid", "--ready-fd", "3")
	d.command.Stdout, d.command.Stderr, d.command.ExtraFiles = log, log, []*os.File{write}
	if err := d.command.Start(); err != nil {
		d.t.Fatal(err)
	}
	write.Close()
	// It writes a newline after its first look; a daemon that ends closes the pipe.
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	if n, err := read.Read(make([]byte, 1)); n != 1 {
		text, _ := os.ReadFile(d.log)
		d.t.Fatalf("the daemon is not ready: %v\n%s", err, text)
	}
}

// end ends the daemon with a signal, and waits until it has ended.
func (d *xenpcid) end(signal syscall.Signal) {
	_ = d.command.Process.Signal(signal)
	_ = d.command.Wait()
}

// says waits until the daemon has logged the words, on one line, since the last call.
func (d *xenpcid) says(words ...string) {
	d.t.Helper()
	eventually(d.t, "the daemon says "+strings.Join(words, " ... "), patience, func() bool {
		text, _ := os.ReadFile(d.log)
		for line := range strings.Lines(string(text)) {
			at := 0
			for _, word := range words {
				i := strings.Index(line[at:], word)
				if i < 0 {
					at = -1
					break
				}
				at += i + len(word)
			}
			if at >= 0 {
				return true
			}
		}
		return false
	})
}

// state returns the state of a declared device, as the daemon has it.
func state(t *testing.T, address string) string {
	t.Helper()
	var reply struct {
		Devices []struct{ Device, State string }
	}
	r := run(t, "xenpci", "call", "List")
	if err := json.Unmarshal([]byte(r.stdout), &reply); err != nil {
		t.Fatal(err, r.stdout, r.stderr)
	}
	for _, d := range reply.Devices {
		if d.Device == address {
			return d.State
		}
	}
	return ""
}

// wantState waits until the daemon has the device in the state.
func wantState(t *testing.T, address, want string) {
	t.Helper()
	eventually(t, address+" is "+want, patience, func() bool { return state(t, address) == want })
}

// writeDevices writes a list that declares the addresses.
func writeDevices(t *testing.T, addresses ...string) {
	t.Helper()
	if err := os.MkdirAll("/etc/xenpci", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/etc/xenpci/devices.toml", []byte(declaration(addresses...)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func declaration(addresses ...string) string {
	var text strings.Builder
	for _, a := range addresses {
		fmt.Fprintf(&text, "[[device]]\naddress = %q\n", a)
	}
	return text.String()
}

// TestDaemonPlug plugs a declared card in and pulls it: while its driver is not loaded,
// when pciback came first, and when its driver did. Another card in its place goes to
// dom0.
func TestDaemonPlug(t *testing.T) {
	qemu := openMonitor(t)
	run(t, "modprobe", "-r", "e1000e")
	d := startDaemon(t, plugged)
	wantState(t, plugged, "absent")
	if !strings.Contains(strings.Join(slots(), " "), plugged) {
		t.Fatalf("its slot is not registered in advance: %v", slots())
	}

	qemu.plug(t, "e1000e", "port1", "card1", plugged)
	wantState(t, plugged, "hidden")
	d.says(plugged, "appeared, pciback has it")
	wantHidden(t, plugged)
	says(t, must(t, "xl", "pci-assignable-list").stdout, plugged)
	qemu.pull(t, "card1", plugged)
	wantState(t, plugged, "absent")

	// pciback registered before this driver, and so gets the card.
	must(t, "modprobe", "e1000e")
	qemu.plug(t, "e1000e", "port1", "card1", plugged)
	wantState(t, plugged, "hidden")
	qemu.pull(t, "card1", plugged)
	wantState(t, plugged, "absent")

	// Another card is not what was declared once there is more than an address. Of a card
	// whose ids are known, status says who gets it.
	writeIdentified(t, plugged, "8086:10d3")
	eventually(t, "status knows who gets the card", patience, func() bool {
		return strings.Contains(must(t, "xenpci", "status").stdout, "\n  when it appears, pciback gets it before any other driver\n")
	})
	qemu.plug(t, "virtio-rng-pci", "port1", "card2", plugged)
	wantState(t, plugged, "other_card")
	eventually(t, "dom0 has the other card", patience, func() bool { return driver(plugged) != "pciback" })
	qemu.pull(t, "card2", plugged)
	wantState(t, plugged, "absent")
	qemu.plug(t, "e1000e", "port1", "card1", plugged)
	wantState(t, plugged, "hidden")
	qemu.pull(t, "card1", plugged)
}

// writeIdentified writes a list with a device that has ids.
func writeIdentified(t *testing.T, address, id string) {
	t.Helper()
	text := fmt.Sprintf("[[device]]\naddress = %q\nid = %q\n", address, id)
	if err := os.WriteFile("/etc/xenpci/devices.toml", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDaemonLate has the card's driver register before pciback, so that it wins; the
// daemon takes the card from it.
func TestDaemonLate(t *testing.T) {
	qemu := openMonitor(t)
	must(t, "rmmod", "xen-pciback")
	must(t, "modprobe", "e1000e")
	d := startDaemon(t, plugged)
	for range 3 {
		qemu.plug(t, "e1000e", "port1", "card1", plugged)
		wantState(t, plugged, "hidden")
		wantHidden(t, plugged)
		qemu.pull(t, "card1", plugged)
		wantState(t, plugged, "absent")
	}
	d.says(plugged, "appeared")
	t.Log(must(t, "xenpci", "call", "Metrics").stdout)
}

// TestDaemonLeavesAlone gives a card back in all ways that people have, and takes it in
// ways that are none.
func TestDaemonLeavesAlone(t *testing.T) {
	begin(t, card)
	d := startDaemon(t, card)
	wantState(t, card, "hidden")
	for _, back := range [][]string{
		{"xenpci", "unhide", card},
		{"xl", "pci-assignable-remove", "-r", card},
		{"xenpci", "call", "Release", `{"ids": ["` + card + `"]}`},
	} {
		must(t, back...)
		wantState(t, card, "given_back")
		must(t, "xenpci", "call", "Reconcile")
		if got := driver(card); got != "e1000" {
			t.Fatalf("%v: driver %q", back, got)
		}
		must(t, "xenpci", "daemon", "reload")
		wantState(t, card, "hidden")
	}
	// Without -r, xl leaves it without a driver.
	must(t, "xl", "pci-assignable-remove", card)
	wantState(t, card, "given_back")
	xenpci(t, done, "hide", card)
	wantState(t, card, "hidden")

	// A driver that takes it gives no reason to leave it there, until it did so three times.
	for range 2 {
		mustWrite(t, pciback+"unbind", card)
		mustWrite(t, drivers+"e1000/bind", card)
		wantState(t, card, "in_dom0")
		wantState(t, card, "hidden")
	}
	mustWrite(t, pciback+"unbind", card)
	mustWrite(t, drivers+"e1000/bind", card)
	wantState(t, card, "contested")
	d.says(card, "contested", "lost to e1000")
	xenpci(t, done, "hide", card)
	wantState(t, card, "hidden")
}

// TestDaemonGuest starts a guest with a card and destroys it, with xenstored restarted
// meanwhile.
func TestDaemonGuest(t *testing.T) {
	begin(t, card)
	startDaemon(t, card)
	wantState(t, card, "hidden")
	startGuest(t, "kept", card)
	must(t, "xenpci", "call", "Reconcile")
	wantState(t, card, "assigned")
	destroyGuest(t, "kept")
	wantState(t, card, "hidden")
	wantHidden(t, card)
}

// TestDaemonList edits the list as people and programs do.
func TestDaemonList(t *testing.T) {
	begin(t, card, twin)
	d := startDaemon(t)
	const list = "/etc/xenpci/devices.toml"
	if err := os.WriteFile(list+".new", []byte(declaration(card)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(list+".new", list); err != nil {
		t.Fatal(err)
	}
	wantState(t, card, "hidden")

	must(t, "sed", "-i", "s/00:09.0/00:0a.0/", list)
	wantState(t, twin, "hidden")
	wantHidden(t, card) // it is not given back because it is not declared any more

	must(t, "vim.tiny", "-u", "NONE", "-es", "-c", "%s/device/devise/", "-c", "wq", list)
	d.says("devices.toml", "devise")
	wantState(t, twin, "hidden") // as it was declared last
	must(t, "vim.tiny", "-u", "NONE", "-es", "-c", "%s/devise/device/", "-c", "wq", list)

	if err := os.RemoveAll("/etc/xenpci"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is declared", patience, func() bool { return state(t, twin) == "" })
	wantHidden(t, twin)
	writeDevices(t, card)
	wantState(t, card, "hidden")
}

// TestDaemonKilled kills the daemon at random moments while it hides a card, and starts it
// again: the card is hidden in the end, every time.
func TestDaemonKilled(t *testing.T) {
	const kills = 50
	begin(t, card, twin)
	d := startDaemon(t, card, twin)
	wantState(t, card, "hidden")
	for kill := range kills {
		d.end(syscall.SIGKILL)
		must(t, "xenpci", "unhide", card, twin)
		if err := os.RemoveAll("/run/xenpci/intent"); err != nil { // as if it were another boot
			t.Fatal(err)
		}
		d.command = exec.Command("xenpcid")
		if err := d.command.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(kill*20) * time.Millisecond)
	}
	d.end(syscall.SIGKILL)
	d.start()
	for _, address := range []string{card, twin} {
		wantState(t, address, "hidden")
		wantHidden(t, address)
	}
}
