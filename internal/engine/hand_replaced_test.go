package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// meanwhile is a machine with the hidden device nine. When it is given back, something happens to
// it while its driver sets it up.
func meanwhile(t *testing.T, happens func(root string)) machine {
	t.Helper()
	m := loaded(t, "qemu")
	m.hide(t, nine)
	must(t, os.RemoveAll(filepath.Join(m.Root, ".fakekernel/stowed/0000:00:09.0")))
	m.Timeout = 5 * time.Second
	asked := 0
	m.Had = func(pci.Address) bool {
		if asked++; asked == 2 {
			happens(m.Root)
		}
		return true
	}
	return m
}

// TestHandPulled has the device pulled out while its driver sets it up. It is not reported as given
// back.
func TestHandPulled(t *testing.T) {
	m := meanwhile(t, func(root string) {
		must(t, os.RemoveAll(filepath.Join(root, "sys/devices/pci0000:00", nine.String())))
		must(t, os.Remove(filepath.Join(root, "sys/bus/pci/devices", nine.String())))
	})
	asked := watch(m, nil, nil)
	results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
	must(t, err)
	const want = "0000:00:09.0: bound to e1000; the device has been removed from the machine"
	if r := results[0]; r.Err == nil || r.Err.Error() != want || r.State != nil {
		t.Errorf("at %+v: %v", r.State, r.Err)
	}
	if !slices.Contains(asked.all, "release") || slices.Contains(asked.all, "quarantine") {
		t.Errorf("what was released and is gone cannot be quarantined again: %q", asked.all)
	}
}

// TestHandReplaced has another driver take the device while its driver sets it up. The result
// says who has it.
func TestHandReplaced(t *testing.T) {
	m := meanwhile(t, func(root string) {
		link := filepath.Join(root, "sys/bus/pci/devices", nine.String(), "driver")
		must(t, os.Remove(link))
		must(t, os.Symlink("../../../bus/pci/drivers/pci-stub", link))
	})
	if r := m.unhide(t, nine)[0]; r.State == nil || r.State.Driver != "pci-stub" {
		t.Errorf("at %+v", r.State)
	}
}

// TestHandPulledSlowly has the device pulled out while its driver sets it up: the driver lets go at
// once, and the kernel removes the device later. It is not reported as given back.
func TestHandPulledSlowly(t *testing.T) {
	removed := make(chan error, 1)
	m := meanwhile(t, func(root string) {
		must(t, os.Remove(filepath.Join(root, "sys/bus/pci/devices", nine.String(), "driver")))
		go func() {
			time.Sleep(200 * time.Millisecond)
			removed <- errors.Join(os.Remove(filepath.Join(root, "sys/bus/pci/devices", nine.String())),
				os.RemoveAll(filepath.Join(root, "sys/devices/pci0000:00", nine.String())))
		}()
	})
	results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
	must(t, errors.Join(err, <-removed))
	const want = "0000:00:09.0: bound to e1000; the device has been removed from the machine"
	if r := results[0]; r.Err == nil || r.Err.Error() != want || r.State != nil {
		t.Errorf("at %+v: %v", r.State, r.Err)
	}
}

// TestHandHiddenAgain has another program hide the device while its driver sets it up. That is no
// success, and the driver that it came from is still noted.
func TestHandHiddenAgain(t *testing.T) {
	m := meanwhile(t, func(root string) {
		link := filepath.Join(root, "sys/bus/pci/devices", nine.String(), "driver")
		must(t, errors.Join(os.Remove(link), os.Symlink("../../../bus/pci/drivers/pciback", link)))
	})
	results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
	must(t, err)
	const want = "0000:00:09.0: bound to e1000, and then another program hid it; it is bound to pciback again"
	if r := results[0]; r.Err == nil || r.Err.Error() != want {
		t.Errorf("at %+v: %v", r.State, r.Err)
	}
	if _, err := os.Stat(filepath.Join(m.Root, "run/xenpci/origin", nine.String())); err != nil {
		t.Error(err)
	}
}
