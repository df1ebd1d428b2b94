package passthrough_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestGuardLooksAgain has dom0 swap to a disk after it was declared and before it
// is hidden: it is not hidden then.
func TestGuardLooksAgain(t *testing.T) {
	m := unpack(t, "server")
	must(t, m.kernel.LoadModule("xen-pciback"))
	view := m.Look()
	devices, err := view.Select("82:00.0")
	must(t, err)
	moved, err := view.HideAtBoot(m.context(t), devices, passthrough.HideOptions{}, func(e passthrough.Event) {
		if e.Kind == passthrough.EventList {
			m.write(t, "proc/swaps", "Filename Type Size Used Priority\n/dev/nvme1n1p1 partition 8388604 0 -2\n")
		}
	})
	must(t, err)
	if len(moved.Devices) != 1 || moved.Devices[0].Error == nil || moved.Devices[0].Error.Code != passthrough.CodeNotNow {
		t.Fatalf("%+v", moved.Devices)
	}
	if driver, err := pci.Driver(m.Root(), devices[0]); driver != "nvme" || err != nil {
		t.Errorf("it is on %q, %v", driver, err)
	}
}

// TestCancelled wants a call whose context has ended to change nothing.
func TestCancelled(t *testing.T) {
	stop := errors.New("the daemon stops")
	for name, call := range map[string]func(context.Context, *passthrough.View, []pci.Address) error{
		"declare": func(ctx context.Context, v *passthrough.View, devices []pci.Address) error {
			_, err := v.Declare(ctx, devices, passthrough.DeclareOptions{}, nil)
			return err
		},
		"hide": func(ctx context.Context, v *passthrough.View, devices []pci.Address) error {
			_, err := v.Hide(ctx, devices, passthrough.HideOptions{}, nil)
			return err
		},
		"hide at boot": func(ctx context.Context, v *passthrough.View, devices []pci.Address) error {
			_, err := v.HideAtBoot(ctx, devices, passthrough.HideOptions{}, nil)
			return err
		},
		"import": func(ctx context.Context, v *passthrough.View, _ []pci.Address) error {
			_, err := v.Import(ctx, passthrough.ImportOptions{Write: true}, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := unpack(t, "qemu")
			must(t, m.kernel.LoadModule("xen-pciback"))
			m.write(t, "proc/cmdline", "xen-pciback.hide=(00:0a.0)\n")
			view := m.Look()
			devices, err := view.Select("00:09.0")
			must(t, err)
			ctx, cancel := context.WithCancelCause(m.context(t))
			cancel(stop)
			err = call(ctx, view, devices)
			if got := passthrough.AsError(err); got == nil || got.Code != passthrough.CodeInterrupted {
				t.Errorf("%v", err)
			}
			if !errors.Is(err, context.Canceled) || !errors.Is(err, stop) {
				t.Errorf("the chain of %v lacks the cause", err)
			}
			if _, err := os.Stat(filepath.Join(m.Root(), passthrough.ListFile)); err == nil {
				t.Error("a list was written")
			}
			if driver, err := pci.Driver(m.Root(), devices[0]); driver != "e1000" || err != nil {
				t.Errorf("the device is on %q, %v", driver, err)
			}
		})
	}
}

// TestCancelledRecovery ends a recovery of two devices that a killed run left
// half-way, when it begins with the first. A device that it had begun with goes
// back where it was, or arrives. One that it had not begun with stays in the
// journal, and the next recovery completes it. They are moved side by side, so
// that either may be the first.
func TestCancelledRecovery(t *testing.T) {
	m := unpack(t, "qemu")
	must(t, m.kernel.LoadModule("xen-pciback"))
	leaveHalfway(t, m, "0000:00:09.0", "0000:00:0a.0")
	ctx, cancel := context.WithCancel(m.context(t))
	_ = m.Recover(ctx, func(e passthrough.Event) {
		if e.Kind == passthrough.EventProgress {
			cancel()
		}
	})
	must(t, m.Recover(m.context(t), nil))
	var drivers []string
	for _, text := range []string{"00:09.0", "00:0a.0"} {
		driver, err := pci.Driver(m.Root(), address(t, text))
		must(t, err)
		drivers = append(drivers, driver)
	}
	for _, driver := range drivers {
		if driver != "e1000" && driver != pciback.Name {
			t.Errorf("on %q", drivers)
		}
	}
}

// TestTwice names a device twice in one call.
func TestTwice(t *testing.T) {
	m := unpack(t, "qemu")
	must(t, m.kernel.LoadModule("xen-pciback"))
	nine := address(t, "00:09.0")
	moved, err := m.Look().HideAtBoot(m.context(t), []pci.Address{nine, nine}, passthrough.HideOptions{}, nil)
	must(t, errors.Join(err, moved.Err()))
	if len(moved.Devices) != 1 || moved.Devices[0].Outcome != passthrough.OutcomeDone {
		t.Errorf("%+v", moved.Devices)
	}
}

// TestAbsent declares and looks at a device that is not there.
func TestAbsent(t *testing.T) {
	m := unpack(t, "qemu")
	absent := address(t, "00:1e.7")
	_, err := m.Look().Declare(m.context(t), []pci.Address{absent}, passthrough.DeclareOptions{}, nil)
	if class := passthrough.ClassOf(err); class != passthrough.ClassNoDevice {
		t.Errorf("%s: %v", class, err)
	}
	status, err := m.Look().Status(m.context(t), absent)
	must(t, err)
	if len(status.Devices) != 1 || status.Devices[0].Present || status.Devices[0].Remark.Code != passthrough.CodeNoDevice {
		t.Errorf("%+v", status.Devices)
	}
	for name, look := range map[string]func(context.Context, *pci.Names, ...pci.Address) (passthrough.Described, error){
		"Check": m.Look().Check, "Describe": m.Look().Describe,
	} {
		described, err := look(m.context(t), nil, absent, address(t, "00:09.0"))
		must(t, err)
		if len(described.Devices) != 1 || described.Class() != passthrough.ClassNoDevice ||
			described.Errors[0].Code != passthrough.CodeNoDevice || *described.Errors[0].Device != absent {
			t.Errorf("%s: %+v", name, described)
		}
	}
}

// leaveHalfway is a run that was killed after it had taken the devices from
// e1000.
func leaveHalfway(t *testing.T, m machine, devices ...string) {
	t.Helper()
	run, err := journal.Start(sysfs.New(m.Root()))
	must(t, err)
	for _, text := range devices {
		facts := plan.Facts{Device: address(t, text), State: pciback.State{Driver: "e1000"}}
		must(t, run.Begin(plan.ForHide(facts, plan.HideOptions{})))
		must(t, m.kernel.Write("/sys/bus/pci/drivers/e1000/unbind", text))
	}
	must(t, run.Close())
}
