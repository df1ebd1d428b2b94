package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// startsGuest is a hypervisor at which a guest gets the device when it is asked to release it.
type startsGuest struct {
	enginetest.Xen
	start func()
}

func (x startsGuest) Release(a pci.Address) error {
	x.start()
	return x.Xen.Release(a)
}

// TestUnhideGuestMeanwhile starts a guest with the device between the plan of an unhide and its
// first write. The guest keeps it.
func TestUnhideGuestMeanwhile(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	m.hide(t, nine)
	m.OpenXen = func(sysfs.FS) (engine.Hypervisor, error) {
		return startsGuest{enginetest.Xen{Root: m.Root}, func() {
			give(t, m, server, nine, 7, "router")
			must(t, os.Remove(filepath.Join(m.Root, ".xen/quarantine", nine.String()))) // the guest has it, and dom_io has not
		}}, nil
	}
	results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
	must(t, err)
	if inUse := (*plan.InUseError)(nil); !errors.As(results[0].Err, &inUse) || inUse.Guest.Name != "router" {
		t.Errorf("%v", results[0].Err)
	}
	if got := m.state(t, nine); got != hidden {
		t.Errorf("at %+v", got)
	}
}

// TestHideTakenMeanwhile has another program bind a device, which had no driver, between the plan
// of a hide and pciback's bind. Nobody asked the guard about that driver, which keeps the device.
func TestHideTakenMeanwhile(t *testing.T) {
	m := loaded(t, "qemu")
	must(t, m.Write("/sys/bus/pci/drivers/e1000/unbind", nine.String()))
	taken := false
	onWrite(m.Ways, m.Host, func(name, _ string) {
		if strings.HasSuffix(name, "/pciback/bind") && !taken {
			taken = true
			must(t, m.Write("/sys/bus/pci/drivers/e1000/bind", nine.String()))
		}
	})
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
	must(t, err)
	if err := results[0].Err; !errors.Is(err, syscall.EBUSY) || !strings.HasSuffix(err.Error(), "; another program has bound it to e1000") {
		t.Errorf("%v", err)
	}
	if got := m.state(t, nine); got != onE1000 {
		t.Errorf("at %+v", got)
	}
}

// TestHideReturnedAndGivenUp has a hide fail, and the former driver give the device up after it was
// bound again.
func TestHideReturnedAndGivenUp(t *testing.T) {
	m := loaded(t, "qemu")
	m.Had = func(pci.Address) bool { return true }
	onWrite(m.Ways, m.Host, func(name, _ string) {
		if strings.HasSuffix(name, "/pciback/bind") { // its interface does not come back
			must(t, os.RemoveAll(filepath.Join(m.Root, ".fakekernel/stowed/0000:00:09.0")))
		}
	})
	m.Inject(fakekernel.Fault{Name: "*/pciback/bind", Action: fakekernel.Fail, Errno: syscall.EIO},
		fakekernel.Fault{Name: "*/e1000/bind", Action: fakekernel.GiveUp, Delay: 50 * time.Millisecond})
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
	must(t, err)
	if err := results[0].Err; !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "; returning it failed too: e1000 was bound, and gave it up; ") {
		t.Errorf("%v", err)
	}
}

// TestRecoverAsksTheGuard completes a hide that was killed before it came to the device, which dom0
// needs by now. It stays in dom0, unless the hide was forced.
func TestRecoverAsksTheGuard(t *testing.T) {
	for _, tt := range []struct {
		name   string
		forced []string
		want   string // what is warned of
	}{
		{"not forced", nil, "0000:00:09.0: earlier_failed: an earlier hide was interrupted, and completing it failed: 0000:00:09.0: dom0 needs it: / is on 0000:00:09.0; --force hides it anyway"},
		{"forced", []string{"/ is on 0000:00:09.0"}, "0000:00:09.0: earlier_completed: an earlier hide was interrupted; it has been completed now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			action := plan.ForHide(plan.Facts{Device: nine, State: onE1000}, plan.HideOptions{})
			action.Forced = tt.forced
			must(t, begun(t, m, action).Close())
			must(t, m.Write("/sys/bus/pci/drivers/pciback/new_slot", nine.String())) // the run came so far
			m.Guard = func() *graph.Graph {
				b := graph.NewBuilder([]pci.Device{{Address: nine}}, func(pci.Device) string { return "" })
				b.Need(graph.Need{Code: graph.Mounted, Severity: graph.Refuse, Subject: "/", On: b.Function(nine)})
				return b.Graph()
			}
			must(t, m.Recover(m.context(t)))
			if got := m.said.all(); got != tt.want {
				t.Errorf("warned: %q", got)
			}
			want := onE1000
			if tt.forced != nil {
				want = hidden
			}
			if got := m.state(t, nine); got != want {
				t.Errorf("at %+v", got)
			}
		})
	}
}

// TestRecoverWaitsForTheDriver completes an unhide that was killed after the bind, while the driver
// sets the device up.
func TestRecoverWaitsForTheDriver(t *testing.T) {
	m := loaded(t, "qemu")
	action, err := plan.ForUnhide(plan.Facts{Device: nine, State: hidden, Came: "e1000"}, plan.UnhideOptions{})
	must(t, err)
	must(t, begun(t, m, action).Close())
	controller := filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "nvme/nvme0")
	must(t, errors.Join(os.MkdirAll(controller, 0o755), os.WriteFile(controller+"/state", []byte("connecting\n"), 0o644)))
	m.Timeout = 300 * time.Millisecond
	must(t, m.Recover(m.context(t)))
	if said := m.said.all(); !strings.Contains(said, "not_set_up: bound to e1000, and after 300ms nvme0 is connecting, and not live") {
		t.Errorf("warned: %q", said)
	}
}

// TestHidePermissiveLast has a hide fail that makes a device permissive which was hidden before. It
// is not permissive then.
func TestHidePermissiveLast(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	m.hide(t, nine)
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		if r.Op == xenstoretest.Write && strings.HasPrefix(r.Path, "/libxl/pci/") {
			return xenstoretest.Fault{Error: syscall.EIO}
		}
		return xenstoretest.Fault{}
	})
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Permissive: true, Name: "lan"}, engine.Options{})
	must(t, err)
	permissive, err := os.ReadFile(filepath.Join(m.Root, "sys/bus/pci/drivers/pciback/permissive"))
	must(t, err)
	if results[0].Err == nil || strings.Contains(string(permissive), nine.String()) {
		t.Errorf("failed with %v, permissive: %q", results[0].Err, permissive)
	}
}
