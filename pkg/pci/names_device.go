package pci

import (
	"cmp"
	"fmt"
	"strings"
)

// Model returns what a device is called: "3Com Corporation 3c905B 100BaseTX", or
// its ids where pci.ids does not have it.
func (n *Names) Model(d Device) string {
	vendor, known := n.Vendor(d.Vendor)
	if !known {
		return fmt.Sprintf("Device %04x:%04x", d.Vendor, d.Device)
	}
	device, known := n.Device(d.Vendor, d.Device)
	if !known {
		return fmt.Sprintf("%s Device %04x", vendor, d.Device)
	}
	return vendor + " " + device
}

// Class returns what a class is called: "Ethernet controller".
func (n *Names) Class(c Class) string {
	if name, ok := n.Subclass(c); ok {
		return name
	}
	if name, ok := n.Base(c); ok {
		return name
	}
	return "Class " + c.String()
}

// Short returns class and model in few words: "Ethernet: 3c905B 100BaseTX
// [Cyclone]", or the model alone where that begins with the class: "USB 2.0 Controller".
// What pci.ids does not have keeps its vendor.
func (n *Names) Short(d Device) string {
	kind := cmp.Or(d.Class.kind(), strings.TrimSuffix(n.Class(d.Class), " controller"))
	model, known := n.Device(d.Vendor, d.Device)
	if !known {
		model = n.Model(d)
	}
	if strings.HasPrefix(model, kind+" ") {
		return model
	}
	return kind + ": " + model
}

// Card returns what a device's subsystem is called, with its ids in brackets; ""
// for a device without one.
func (n *Names) Card(d Device) string {
	vendor, device, ok := d.Subsystem()
	if !ok {
		return ""
	}
	ids := fmt.Sprintf("[%04x:%04x]", vendor, device)
	maker, known := n.Vendor(vendor)
	if !known {
		return ids
	}
	if card, known := n.Subsystem(d.Vendor, d.Device, vendor, device); known {
		return maker + " " + card + " " + ids
	}
	return maker + " " + ids
}
