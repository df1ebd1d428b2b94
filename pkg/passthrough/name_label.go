package passthrough

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// bySlot returns all functions in the physical slot of a name.
func (v *View) bySlot(name string) []meaning {
	devices, _ := v.allDevices()
	m := meaning{by: NameSlot}
	for _, d := range devices {
		if d.PhysicalSlot != "" && d.PhysicalSlot == name {
			m.devices = append(m.devices, d.Address)
		}
	}
	return m.orNone()
}

// byLabel returns the devices that the firmware calls by a name, in letters of either case:
// "Onboard LAN 1".
func (v *View) byLabel(name string) []meaning {
	m := meaning{by: NameLabel}
	for _, d := range v.labelled() {
		if strings.EqualFold(strings.TrimSpace(*d.Label), strings.TrimSpace(name)) {
			m.devices = append(m.devices, d.Address)
		}
	}
	return m.orNone()
}

// labelled returns the devices to which the firmware has given a label.
func (v *View) labelled() (found []pci.Device) {
	addresses, _ := v.Addresses()
	devices, _ := pci.Read(v.host.root, addresses, pci.WithLabel)
	for _, d := range devices {
		if d.Label != nil && strings.TrimSpace(*d.Label) != "" {
			found = append(found, d)
		}
	}
	return found
}

func (m meaning) orNone() []meaning {
	if len(m.devices) == 0 {
		return nil
	}
	return []meaning{m}
}
