package engine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/xenpci/xenpci/pkg/pci"
)

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
