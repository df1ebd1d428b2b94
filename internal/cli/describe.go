package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// model is what a device is called: "3Com Corporation 3c905B 100BaseTX", or its
// ids where pci.ids does not know it.
func model(d pci.Device, names *pci.Names) string {
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
func class(d pci.Device, names *pci.Names) string {
	if name, ok := names.Subclass(d.Class); ok {
		return name
	}
	if name, ok := names.Base(d.Class); ok {
		return name
	}
	return "Class " + d.Class.String()
}

// subsystem is what the card is called, with its ids.
func subsystem(d pci.Device, names *pci.Names) string {
	vendor, device, ok := d.Subsystem()
	if !ok {
		return ""
	}
	ids := fmt.Sprintf("[%04x:%04x]", vendor, device)
	maker, known := names.Vendor(vendor)
	if !known {
		return ids
	}
	if card, known := names.Subsystem(d.Vendor, d.Device, vendor, device); known {
		return maker + " " + card + " " + ids
	}
	return maker + " " + ids
}

// description is everything known of one device: what show prints, and what a
// document of show or list says. Numbers that lspci prints in hexadecimal are
// text in its digits; what the kernel does not have is left out.
type description struct {
	Address pci.Address `json:"address"`

	Class         string `json:"class"` // six digits: class, subclass, programming interface
	ClassName     string `json:"class_name,omitempty"`
	Interface     string `json:"prog_if"` // the last two digits of class
	InterfaceName string `json:"prog_if_name,omitempty"`
	Vendor        string `json:"vendor"`
	VendorName    string `json:"vendor_name,omitempty"`
	Device        string `json:"device"`
	DeviceName    string `json:"device_name,omitempty"`
	Name          string `json:"name"` // vendor and device, by their ids where there is no name
	Revision      string `json:"revision"`
	SubVendor     string `json:"subsystem_vendor,omitempty"`
	SubVendorName string `json:"subsystem_vendor_name,omitempty"`
	SubDevice     string `json:"subsystem_device,omitempty"`
	SubDeviceName string `json:"subsystem_device_name,omitempty"`
	Subsystem     string `json:"subsystem,omitempty"`
	Label         string `json:"label,omitempty"`

	Driver   string   `json:"driver,omitempty"`
	Override string   `json:"driver_override,omitempty"`
	Modalias string   `json:"modalias,omitempty"`
	Modules  []string `json:"modules,omitempty"` // those whose aliases match

	Hidden     bool              `json:"hidden"` // pciback has it
	Slot       pciback.SlotState `json:"slot"`   // pciback's slots have its address
	Guest      *pciback.Guest    `json:"guest,omitempty"`
	WantedBy   string            `json:"wanted_by,omitempty"`
	Unfinished string            `json:"unfinished,omitempty"`
	Remark     string            `json:"remark,omitempty"`
	Hide       hideVerdict       `json:"hide"`
	Findings   []finding         `json:"findings,omitempty"` // the guard's, the worst first
	Guests     guestKinds        `json:"guests,omitempty"`   // which kinds of guest could be given it; left out where that is not known

	Parent       *pci.Address  `json:"parent,omitempty"`
	Above        []pci.Address `json:"above,omitempty"` // outermost first
	Siblings     []pci.Address `json:"siblings,omitempty"`
	PhysFn       *pci.Address  `json:"physfn,omitempty"`
	VirtFns      []pci.Address `json:"virtfns,omitempty"`
	Behind       *busRange     `json:"behind,omitempty"` // of a bridge
	PhysicalSlot string        `json:"physical_slot,omitempty"`
	Node         string        `json:"of_node,omitempty"`

	CanReset     bool          `json:"reset"`
	ResetMethods []string      `json:"reset_methods,omitempty"`
	NUMANode     *int          `json:"numa_node,omitempty"`
	IRQ          *int          `json:"irq,omitempty"`
	Enabled      *int          `json:"enabled,omitempty"` // how many users have enabled it
	IOMMUGroup   string        `json:"iommu_group,omitempty"`
	Regions      []shownRegion `json:"regions,omitempty"`
	GuestConfig  string        `json:"guest_config"`
}

// finding is a sentence of the guard.
type finding struct {
	Level string `json:"level"` // "refuse" or "warn"
	About string `json:"about"` // "dom0", which would lose something, or "guest", which would get the device so
	Text  string `json:"text"`
}

func findings(found []usage.Finding) []finding {
	var all []finding
	for _, f := range found {
		about := "dom0"
		if f.Guest {
			about = "guest"
		}
		all = append(all, finding{f.Level.String(), about, f.Text})
	}
	return all
}

// busRange is the buses behind a bridge, two hexadecimal digits each.
type busRange struct {
	Secondary   string `json:"secondary"` // 00 before the bridge is set up
	Subordinate string `json:"subordinate"`
}

type shownRegion struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"` // "memory" or "ports"
	Start  string `json:"start"`
	End    string `json:"end"`   // inclusive
	Size   uint64 `json:"size"`  // bytes
	Flags  string `json:"flags"` // IORESOURCE_*
}

// hideVerdict is what hide would say of a device, were it asked for that one
// alone.
type hideVerdict struct {
	Verdict string `json:"verdict"` // "yes", "already" or "refused"
	Reason  string `json:"reason,omitempty"`
	Status  int    `json:"status"` // the exit status of hide
}

func newHideVerdict(d engine.DeviceStatus) hideVerdict {
	var needed *plan.NeededError
	switch err := d.Hide.Err; {
	case errors.As(err, &needed):
		return hideVerdict{"refused", strings.Join(needed.Sentences(), "; "), statusOf(err)}
	case err != nil:
		return hideVerdict{"refused", strings.TrimPrefix(err.Error(), d.Device.String()+": "), statusOf(err)}
	case d.Hide.Already:
		return hideVerdict{Verdict: "already"}
	}
	return hideVerdict{Verdict: "yes"}
}

// String is the verdict on one line.
func (v hideVerdict) String() string {
	if v.Reason == "" {
		return v.Verdict
	}
	return v.Verdict + ": " + v.Reason
}

// describe puts together what sysfs, pci.ids and the status say of a device.
func describe(d pci.Device, names *pci.Names, status engine.DeviceStatus) description {
	line := newStatusLine(status)
	s := description{
		Address: d.Address,

		Class:     fmt.Sprintf("%06x", uint32(d.Class)),
		ClassName: class(d, names),
		Interface: fmt.Sprintf("%02x", d.Class.Interface()),
		Vendor:    fmt.Sprintf("%04x", d.Vendor),
		Device:    fmt.Sprintf("%04x", d.Device),
		Name:      model(d, names),
		Revision:  fmt.Sprintf("%02x", d.Revision),
		Subsystem: subsystem(d, names),

		Driver:   d.Driver,
		Override: line.Override,
		Modalias: d.Modalias,

		Hidden:     d.Driver == pciback.Name,
		Slot:       line.Slot,
		Guest:      line.Guest,
		WantedBy:   line.WantedBy,
		Unfinished: line.Unfinished,
		Remark:     cmp.Or(line.Unfinished, line.remark()),
		Hide:       newHideVerdict(status),
		Findings:   findings(status.Findings),
		Guests:     newGuestKinds(status.Guests),

		Parent:       d.Parent,
		Above:        d.Above,
		Siblings:     d.Siblings,
		PhysFn:       d.PhysFn,
		VirtFns:      d.VirtFns,
		PhysicalSlot: d.PhysicalSlot,
		Node:         d.Node,

		CanReset:     d.CanReset,
		ResetMethods: d.ResetMethods,
		NUMANode:     d.NUMANode,
		IRQ:          d.IRQ,
		Enabled:      d.Enabled,
		IOMMUGroup:   d.IOMMUGroup,
		GuestConfig:  "pci = [ '" + d.Address.String() + "' ]",
	}
	s.InterfaceName, _ = names.Interface(d.Class)
	s.VendorName, _ = names.Vendor(d.Vendor)
	s.DeviceName, _ = names.Device(d.Vendor, d.Device)
	if vendor, device, ok := d.Subsystem(); ok {
		s.SubVendor = fmt.Sprintf("%04x", vendor)
		s.SubDevice = fmt.Sprintf("%04x", device)
		s.SubVendorName, _ = names.Vendor(vendor)
		s.SubDeviceName, _ = names.Subsystem(d.Vendor, d.Device, vendor, device)
	}
	if d.Label != nil {
		s.Label = strings.TrimSpace(*d.Label)
	}
	if d.Behind != nil {
		s.Behind = &busRange{fmt.Sprintf("%02x", d.Behind.Secondary), fmt.Sprintf("%02x", d.Behind.Subordinate)}
	}
	for _, r := range d.Regions {
		kind := "memory"
		if r.IO() {
			kind = "ports"
		}
		s.Regions = append(s.Regions, shownRegion{
			r.Number, kind, fmt.Sprintf("0x%x", r.Start), fmt.Sprintf("0x%x", r.End), r.Size(), fmt.Sprintf("0x%x", r.Flags),
		})
	}
	return s
}
