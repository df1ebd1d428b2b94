package passthrough

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Precedence is which driver gets a declared device when it appears: when a card is
// plugged in, or a VF is made. Of pciback, which has the slot, and the drivers that match,
// it is the one that registered with the bus first (measured; docs/kernel.md).
type Precedence struct {
	Device  pci.Address `json:"device"`
	Present bool        `json:"present"`           // it is there now
	Slot    bool        `json:"slot"`              // pciback has its slot, without which it does not get the device
	Drivers []string    `json:"drivers,omitempty"` // modules that match and registered before pciback; absent where pciback is first
}

// First reports whether pciback gets the device.
func (p Precedence) First() bool { return p.Slot && len(p.Drivers) == 0 }

// Reason says in words which driver gets the device.
func (p Precedence) Reason() string {
	switch {
	case !p.Slot:
		return "when it appears, its own driver gets it: its slot is not registered"
	case p.First():
		return "when it appears, pciback gets it before any other driver"
	}
	return fmt.Sprintf("when it appears, %s gets it first, which registered before pciback", strings.Join(p.Drivers, " or "))
}

// Advice returns what has pciback come first; "" where it does.
func (p Precedence) Advice() string {
	switch {
	case !p.Slot:
		return "'xenpci daemon enable' has xenpcid register the slot, and take the device if another driver was first"
	case p.First():
		return ""
	}
	return "xenpcid takes it then, if it runs; a boot layer that loads pciback early ('xenpci boot') avoids that"
}

// precedences returns the order for each declared device whose drivers are known: that is
// there, or is declared with its ids.
func (v *View) precedences(d declared) []Precedence {
	if len(d.findings) == 0 {
		return nil
	}
	kernel, err := kmod.Running(v.fs)
	if err != nil {
		return nil
	}
	aliases, _ := kernel.Aliases()
	loaded, err := kmod.Loaded(v.fs)
	if err != nil || aliases == nil {
		return nil
	}
	slots, err := pciback.New(v.host.root).Slots()
	if err != nil {
		return nil
	}
	var all []Precedence
	for _, f := range d.findings {
		at, modalias := f.Address, declaredAlias(f.Device)
		if p, there := v.device(f.Now); f.Found() && there {
			at, modalias = f.Now, p.Modalias
		}
		if modalias == "" {
			continue
		}
		p := Precedence{Device: at, Present: f.Found(), Slot: slots.Of(at) == pciback.SlotRegistered}
		for _, module := range aliases.Modules(modalias) {
			if before(kernel, loaded, module) && !slices.Contains(p.Drivers, module) {
				p.Drivers = append(p.Drivers, module)
			}
		}
		all = append(all, p)
	}
	return all
}

// before reports whether a module's driver registered before pciback. A pciback that is
// built in comes before all drivers (fs_initcall in pci_stub.c), and one that is a module
// after those that are built in.
func before(kernel kmod.Kernel, loaded []string, module string) bool {
	const back = "xen_pciback"
	if state, _ := kernel.Module(pciback.ModuleName); state == kmod.BuiltIn || module == back {
		return false
	}
	if state, _ := kernel.Module(module); state == kmod.BuiltIn {
		return true
	}
	mine, its := slices.Index(loaded, back), slices.Index(loaded, module)
	return its >= 0 && (mine < 0 || its < mine)
}

// declaredAlias is the alias of a device that is declared with its ids; "" without them.
func declaredAlias(declared config.Device) string {
	if declared.ID == nil {
		return ""
	}
	d := pci.Device{Vendor: declared.ID.Vendor, Device: declared.ID.Device}
	if s := declared.Subsystem; s != nil {
		d.SubVendor, d.SubDevice = s.Vendor, s.Device
	}
	if declared.Class != nil {
		d.Class = *declared.Class
	}
	return d.Alias()
}
