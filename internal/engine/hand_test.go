package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestHand gives a device back to a driver that sets it up, gives it up, or does neither.
func TestHand(t *testing.T) {
	const (
		called = "6,7,9,-;nvme nvme0: pci function 0000:00:09.0\n"
		failed = "3,7,9,-;nvme nvme0: Removing after probe failure status: -19\n"

		controller = "sys/bus/pci/devices/0000:00:09.0/nvme/nvme0"
		halfGone   = "half gone" // neither state nor dev is left
		stateless  = "stateless" // it has dev, and no state
	)
	kmsg := called + strings.Repeat(" ", 16<<10-len(called)) + failed // so that one read returns one record
	givesUp := fakekernel.Fault{Name: "*/e1000/bind", Action: fakekernel.GiveUp, Delay: 50 * time.Millisecond}
	alone := pciback.State{Slot: pciback.SlotAbsent}
	home := pciback.State{Driver: "e1000", Slot: pciback.SlotAbsent}
	for _, tt := range []struct {
		name   string
		nvme   string // the state of a controller, halfGone or stateless; "" for none
		had    bool   // an interface
		lost   bool   // the interface does not come back
		faults []fakekernel.Fault
		want   pciback.State
		warned string
	}{
		{"set up at once", "", true, false, nil, home, ""},
		{"a controller that lives", "live", false, false, nil, home, ""},
		{"a controller that gives up", "connecting", false, false, []fakekernel.Fault{givesUp}, alone, "0000:00:09.0: gave_up: it is in dom0 without a driver: e1000 was bound, and gave it up: nvme nvme0: pci function 0000:00:09.0; nvme nvme0: Removing after probe failure status: -19"},
		{"a controller that is half gone", halfGone, false, false, []fakekernel.Fault{givesUp}, alone, "0000:00:09.0: gave_up: it is in dom0 without a driver: e1000 was bound, and gave it up: nvme nvme0: pci function 0000:00:09.0; nvme nvme0: Removing after probe failure status: -19"},
		{"a controller of an old kernel", stateless, false, false, nil, home, ""},
		{"an interface that does not come, since the driver gives up", "", true, true, []fakekernel.Fault{givesUp}, alone, "0000:00:09.0: gave_up: it is in dom0 without a driver: e1000 was bound, and gave it up"},
		{"a controller that takes long", "connecting", false, false, nil, home, "0000:00:09.0: not_set_up: bound to e1000, and after 300ms nvme0 is connecting, and not live"},
		{"an interface that does not come", "", true, true, nil, home, "0000:00:09.0: not_set_up: bound to e1000, and after 300ms it has no interface and no disk, as it had before"},
		{"an interface that it never had", "", false, true, nil, home, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			m.hide(t, nine)
			write := func(name, text string) {
				t.Helper()
				name = filepath.Join(m.Root, name)
				must(t, os.MkdirAll(filepath.Dir(name), 0o755))
				must(t, os.WriteFile(name, []byte(text), 0o644))
			}
			write("dev/kmsg", "")
			switch tt.nvme {
			case "":
			case halfGone:
				write(controller+"/uevent", "")
			case stateless:
				write(controller+"/dev", "242:0\n")
			default:
				write(controller+"/state", tt.nvme+"\n")
			}
			if tt.lost {
				must(t, os.RemoveAll(filepath.Join(m.Root, ".fakekernel/stowed/0000:00:09.0")))
			}
			m.Had = func(a pci.Address) bool { return tt.had && a == nine }
			m.Timeout = 300 * time.Millisecond
			m.Inject(tt.faults...)
			if tt.nvme != "" && len(tt.faults) > 0 {
				onWrite(m.Ways, m.Host, func(name, _ string) {
					if strings.HasSuffix(name, "/e1000/bind") {
						write("dev/kmsg", kmsg)
					}
				})
			}
			results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
			must(t, errors.Join(err, results[0].Err))
			if diff := cmp.Diff(tt.want, m.state(t, nine)); diff != "" {
				t.Error(diff)
			}
			if got := m.said.all(); got != tt.warned {
				t.Errorf("warned: %q, want %q", got, tt.warned)
			}
		})
	}
}

// three is a device that no driver knows.
var three = pci.Address{Slot: 1, Function: 3}

// hideUnknown hides three, and returns the file of what the kernel says from then on.
func (m machine) hideUnknown(t *testing.T) (kmsg string) {
	t.Helper()
	kmsg = filepath.Join(m.Root, "dev/kmsg")
	must(t, os.MkdirAll(filepath.Dir(kmsg), 0o755))
	must(t, os.WriteFile(kmsg, nil, 0o644))
	results, err := m.Hide(m.context(t), []pci.Address{three}, plan.HideOptions{Force: true}, engine.Options{})
	must(t, errors.Join(err, errorOf(results...)))
	m.said.lines = nil
	return kmsg
}

// TestHandProbeFails: a driver fails while it probes the device, before it is bound. What the
// kernel says of it is told; where it says nothing, no driver knows the device.
func TestHandProbeFails(t *testing.T) {
	for _, tt := range []struct{ name, kmsg, warned string }{
		{"the kernel says why", "3,7,9,-;nvme 0000:00:01.3: probe with driver nvme failed with error -19\n",
			"0000:00:01.3: probe_failed: it is in dom0 without a driver; none took it: nvme 0000:00:01.3: probe with driver nvme failed with error -19"},
		{"the kernel says nothing", "", ""},
		{"the kernel speaks of another device", "3,7,9,-;nvme 0000:00:09.0: probe with driver nvme failed with error -19\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			kmsg := m.hideUnknown(t)
			onWrite(m.Ways, m.Host, func(name, _ string) {
				if strings.HasSuffix(name, "/drivers_probe") {
					must(t, os.WriteFile(kmsg, []byte(tt.kmsg), 0o600))
				}
			})
			m.unhide(t, three)
			if got := m.said.all(); got != tt.warned {
				t.Errorf("warned: %q, want %q", got, tt.warned)
			}
		})
	}
}

// TestHandAnyDriverFailsToo: the former driver does not take the device, and no other does. Then
// pciback has it again, the error says why, and nothing says that it is in dom0.
func TestHandAnyDriverFailsToo(t *testing.T) {
	m := loaded(t, "qemu")
	kmsg := m.hideUnknown(t)
	origin := filepath.Join(m.Root, "run/xenpci/origin", three.String())
	must(t, os.MkdirAll(filepath.Dir(origin), 0o755))
	must(t, os.WriteFile(origin, []byte(`{"driver":"e1000"}`), 0o600))
	probed := false
	onWrite(m.Ways, m.Host, func(name, _ string) {
		if strings.HasSuffix(name, "/drivers_probe") {
			probed = true
			must(t, os.WriteFile(kmsg, []byte("3,7,9,-;nvme 0000:00:01.3: probe with driver nvme failed with error -19\n"), 0o600))
		}
	})
	results, err := m.Unhide(m.context(t), []pci.Address{three}, plan.UnhideOptions{}, engine.Options{})
	must(t, err)
	if results[0].Err == nil || !probed || m.said.all() != "" {
		t.Errorf("%v, another driver was asked: %v, warned: %q", results[0].Err, probed, m.said.all())
	}
	if got := m.state(t, three); got != hidden {
		t.Errorf("at %+v", got)
	}
}
