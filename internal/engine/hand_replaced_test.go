package engine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestHandPulled has the device pulled out while its driver sets it up. It is not reported as given
// back, and is put into no quarantine.
func TestHandPulled(t *testing.T) {
	m := loaded(t, "qemu")
	m.hide(t, nine)
	must(t, os.RemoveAll(filepath.Join(m.Root, ".fakekernel/stowed/0000:00:09.0")))
	m.Timeout = 5 * time.Second
	asked := 0
	m.Had = func(pci.Address) bool {
		if asked++; asked == 2 {
			must(t, os.RemoveAll(filepath.Join(m.Root, "sys/devices/pci0000:00", nine.String())))
			must(t, os.Remove(filepath.Join(m.Root, "sys/bus/pci/devices", nine.String())))
		}
		return true
	}
	results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
	must(t, err)
	const want = "0000:00:09.0: bound to e1000; the device has been removed from the machine"
	if r := results[0]; r.Err == nil || r.Err.Error() != want || r.State != nil {
		t.Errorf("at %+v: %v", r.State, r.Err)
	}
}

// TestHandReplaced has another driver take the device while its driver sets it up. The result
// says who has it.
func TestHandReplaced(t *testing.T) {
	m := loaded(t, "qemu")
	m.hide(t, nine)
	must(t, os.RemoveAll(filepath.Join(m.Root, ".fakekernel/stowed/0000:00:09.0")))
	m.Timeout = 5 * time.Second
	asked := 0
	m.Had = func(pci.Address) bool {
		if asked++; asked == 2 {
			link := filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "driver")
			must(t, os.Remove(link))
			must(t, os.Symlink("../../../bus/pci/drivers/pci-stub", link))
		}
		return true
	}
	if r := m.unhide(t, nine)[0]; r.State == nil || r.State.Driver != "pci-stub" {
		t.Errorf("at %+v", r.State)
	}
}
