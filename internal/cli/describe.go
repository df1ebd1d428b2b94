package cli

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

// model is what a device is called: "3Com Corporation 3c905B 100BaseTX", or its
// ids where pci.ids does not know it.
func model(d pci.Device, names pci.Names) string {
	vendor, known := names.Vendor(d.Vendor)
	if !known {
		return fmt.Sprintf("Device %04x:%04x", d.Vendor, d.Device)
	}
	device, known := names.Device(d.Vendor, d.Device)
	if !known {
		return fmt.Sprintf("%s Device %04x", vendor, d.Device)
	}
	return vendor + " " + device
}

// class is what its class is called: "Ethernet controller".
func class(d pci.Device, names pci.Names) string {
	if name, ok := names.Subclass(d.Class); ok {
		return name
	}
	if name, ok := names.Base(d.Class); ok {
		return name
	}
	return "Class " + d.Class.String()
}

// listedDevice is what a document says of a device in a list.
type listedDevice struct {
	Address   pci.Address `json:"address"`
	Class     string      `json:"class"` // six hexadecimal digits
	ClassName string      `json:"class_name,omitempty"`
	Vendor    string      `json:"vendor"` // four hexadecimal digits
	Device    string      `json:"device"`
	Name      string      `json:"name"`
	Revision  string      `json:"revision"`
	SubVendor string      `json:"subsystem_vendor,omitempty"`
	SubDevice string      `json:"subsystem_device,omitempty"`
	Driver    string      `json:"driver,omitempty"`
	Modalias  string      `json:"modalias,omitempty"`
}

func listed(devices []pci.Device, names pci.Names) []listedDevice {
	all := make([]listedDevice, len(devices))
	for i, d := range devices {
		all[i] = listedDevice{
			Address:   d.Address,
			Class:     fmt.Sprintf("%06x", uint32(d.Class)),
			ClassName: class(d, names),
			Vendor:    fmt.Sprintf("%04x", d.Vendor),
			Device:    fmt.Sprintf("%04x", d.Device),
			Name:      model(d, names),
			Revision:  fmt.Sprintf("%02x", d.Revision),
			Driver:    d.Driver,
			Modalias:  d.Modalias,
		}
		if vendor, device, ok := d.Subsystem(); ok {
			all[i].SubVendor = fmt.Sprintf("%04x", vendor)
			all[i].SubDevice = fmt.Sprintf("%04x", device)
		}
	}
	return all
}
