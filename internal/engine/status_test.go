package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestStatusSlotsUnread: where pciback's slots cannot be read, no slot is absent, and the list is
// not taken for one that the kernel has cut.
func TestStatusSlotsUnread(t *testing.T) {
	m := loaded(t, "qemu")
	m.hide(t, nine)
	slots := filepath.Join(m.Root, "sys/bus/pci/drivers/pciback/slots")
	must(t, os.Remove(slots))
	must(t, os.Mkdir(slots, 0o755))
	s, err := m.Status(m.context(t), nine)
	must(t, err)
	if got := s.Devices[0].State; got.Slot != pciback.SlotUnknown || !got.Hidden() || s.Slots.Cut {
		t.Errorf("%+v, %+v", got, s.Slots)
	}
	if len(s.Notes) != 1 || s.Notes[0].Code != engine.SlotsUnknown {
		t.Errorf("notes: %+v", s.Notes)
	}
}
