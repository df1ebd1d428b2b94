//go:build xen

package dom0

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The drive with VFs behind the second port.
const (
	withVFs = "0000:02:00.0"
	vf1     = "0000:02:00.1"
	vf2     = "0000:02:00.2"
)

// TestDaemonVFs makes declared VFs, makes fewer of them, and removes them, with their
// driver having registered before pciback and after it.
func TestDaemonVFs(t *testing.T) {
	number := devices + withVFs + "/sriov_numvfs"
	t.Cleanup(func() {
		run(t, "xenpci", "unhide", vf1, vf2)
		_ = write(number, "0")
	})
	// Nothing else has slots, so that pciback can be loaded again.
	run(t, "modprobe", "-r", "xen-pciback")
	for _, order := range []struct {
		name   string
		before func()
		had    string // who has it when the daemon first sees it
	}{
		{"its driver first", func() { must(t, "modprobe", "xen-pciback") }, "nvme"},
		{"pciback first", func() { must(t, "rmmod", "nvme"); must(t, "modprobe", "nvme") }, "pciback"},
	} {
		t.Run(order.name, func(t *testing.T) {
			order.before()
			eventually(t, withVFs+" has its driver", patience, func() bool { return driver(withVFs) == "nvme" })
			d := startDaemon(t, vf1, vf2)
			wantReserved(t, vf1)
			wantReserved(t, vf2)

			mustWrite(t, number, "2")
			for _, vf := range []string{vf1, vf2} {
				wantState(t, vf, "hidden")
				wantHidden(t, vf)
			}
			if order.had == "pciback" {
				d.says(vf1, "appeared, pciback has it")
			}
			says(t, must(t, "xl", "pci-assignable-list").stdout, vf1, vf2)
			says(t, xenpci(t, refused, "hide", withVFs).stderr, withVFs)

			// The kernel keeps the VFs as long as pciback has one.
			if err := write(number, "0"); !errors.Is(err, syscall.EPERM) {
				t.Fatalf("%s <- 0: %v, want %v", number, err, syscall.EPERM)
			}
			// Nobody has given the VFs queues and interrupts, without which nvme gives up while
			// it probes them: after it was bound on Linux 6.1, before that on 6.12.
			back := xenpci(t, done, "unhide", vf1, vf2)
			says(t, back.stdout, vf1+": given back, but no driver in dom0 takes it", vf2+": given back, but no driver in dom0 takes it")
			for _, vf := range []string{vf1, vf2} {
				late, early := vf+": it is in dom0 without a driver: nvme was bound, and gave it up: ", vf+": it is in dom0 without a driver; none took it: nvme "
				if !strings.Contains(back.stderr, late) && !strings.Contains(back.stderr, early) {
					t.Errorf("neither %q nor %q", late, early)
				}
			}
			says(t, back.stderr, "Device not ready; aborting initialisation")
			wantState(t, vf1, "given_back")
			mustWrite(t, number, "0")
			wantReserved(t, vf1)
			wantReserved(t, vf2)

			// What was given back were VFs that are gone. Those that come are declared.
			mustWrite(t, number, "1")
			wantState(t, vf1, "hidden")
			wantHidden(t, vf1)
			wantReserved(t, vf2)
			xenpci(t, done, "unhide", vf1)
			mustWrite(t, number, "0")
			wantReserved(t, vf1)
		})
	}
}

// wantReserved waits until the slot of an absent device is registered in advance, and
// fails the test unless status says so.
func wantReserved(t *testing.T, address string) {
	t.Helper()
	wantState(t, address, "absent")
	eventually(t, "the slot of "+address+" is registered", patience, func() bool { return slices.Contains(slots(), address) })
	for line := range strings.Lines(must(t, "xenpci", "status").stdout) {
		if strings.HasPrefix(line, address) && strings.Contains(line, "reserved") {
			return
		}
	}
	t.Errorf("status does not say that %s is reserved", address)
}
