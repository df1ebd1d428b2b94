package passthrough

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Device is everything known of one device. Numbers that lspci prints in
// hexadecimal are text in its digits; what the kernel does not have is left out.
type Device struct {
	Address pci.Address `json:"address"`

	Class         string `json:"class"` // six digits: class, subclass, programming interface
	ClassName     string `json:"class_name,omitempty"`
	Interface     string `json:"prog_if"` // the last two digits of class
	InterfaceName string `json:"prog_if_name,omitempty"`
	Vendor        string `json:"vendor"`
	VendorName    string `json:"vendor_name,omitempty"`
	Device        string `json:"device"`
	DeviceName    string `json:"device_name,omitempty"`
	Name          string `json:"name"`  // vendor and device, by their ids where there is no name
	Short         string `json:"short"` // class and device in few words
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

	KernelNames []string `json:"kernel_names,omitempty"` // of its network interfaces and disks: see View.KernelNames

	State      DeviceState       `json:"state"`
	CanBeGiven bool              `json:"can_be_given"`            // to a guest, after hide at most: dom0 does not need it, no guest has it, and some kind of guest could use it, as far as that is known
	Hidden     bool              `json:"hidden"`                  // pciback has it
	Slot       pciback.SlotState `json:"slot"`                    // pciback's slots have its address
	Was        *Was              `json:"was,omitempty"`           // what a hidden device was in dom0; absent for others, and where it cannot be read
	Former     string            `json:"former_driver,omitempty"` // the driver that a hidden device came from; absent where nobody noted it
	Quarantine Quarantine        `json:"quarantine,omitempty"`    // of a hidden device
	Permissive bool              `json:"permissive,omitempty"`    // a guest may write all of its configuration space, until it is given back
	Guest      *pciback.Guest    `json:"guest,omitempty"`
	WantedBy   WantedBy          `json:"wanted_by,omitempty"`
	Unfinished *Unfinished       `json:"unfinished,omitempty"`
	Remark     *Remark           `json:"remark,omitempty"`
	Hide       Verdict           `json:"hide"`
	Findings   []Finding         `json:"findings,omitempty"` // the guard's, the worst first
	Hints      []Hint            `json:"hints,omitempty"`    // for the administrator of a guest that gets it
	Guests     []GuestKind       `json:"guests,omitempty"`   // which kinds of guest could be given it; left out where that is not known

	Parent       *pci.Address  `json:"parent,omitempty"`
	Above        []pci.Address `json:"above,omitempty"` // outermost first
	Siblings     []pci.Address `json:"siblings,omitempty"`
	PhysFn       *pci.Address  `json:"physfn,omitempty"`
	VirtFns      []pci.Address `json:"virtfns,omitempty"`
	Behind       *Buses        `json:"behind,omitempty"` // of a bridge
	PhysicalSlot string        `json:"physical_slot,omitempty"`
	Node         string        `json:"of_node,omitempty"`

	NoAnswer     bool     `json:"no_answer,omitempty"` // it does not answer: its configuration space reads as ff
	CanReset     bool     `json:"reset"`
	ResetMethods []string `json:"reset_methods,omitempty"`
	NUMANode     *int     `json:"numa_node,omitempty"`
	IRQ          *int     `json:"irq,omitempty"`
	Enabled      *int     `json:"enabled,omitempty"` // how many users have enabled it
	IOMMUGroup   string   `json:"iommu_group,omitempty"`
	Regions      []Region `json:"regions,omitempty"`
	GuestConfig  string   `json:"guest_config,omitempty"` // the line with which a guest's configuration gets it; absent where no guest can have it
}

// Buses are the buses behind a bridge, two hexadecimal digits each.
type Buses struct {
	Secondary   string `json:"secondary"` // 00 before the bridge is set up
	Subordinate string `json:"subordinate"`
}

// Region is a part of the address space that a device decodes.
type Region struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"` // "memory" or "ports"
	Start  string `json:"start"`
	End    string `json:"end"`   // inclusive
	Size   uint64 `json:"size"`  // bytes
	Flags  string `json:"flags"` // IORESOURCE_*
}

func guestConfig(a pci.Address, f fitness) string {
	if f.none() != nil {
		return ""
	}
	line := "pci = [ '" + a.String() + "' ]"
	if len(f.guests) > 0 && !f.forPV() {
		return `type = "hvm"; ` + line // without a type, xl makes a PV guest
	}
	return line
}

// Needed reports whether the guard refuses the device.
func (d Device) Needed() bool {
	return len(d.Findings) > 0 && d.Findings[0].Level == LevelRefuse
}

// newDevice puts together what sysfs, pci.ids and the status say of a device.
func newDevice(d pci.Device, names *pci.Names, status engine.DeviceStatus, f fitness) Device {
	line := newDeviceStatus(status)
	s := Device{
		Address: d.Address,

		Class:     fmt.Sprintf("%06x", uint32(d.Class)),
		ClassName: names.Class(d.Class),
		Interface: fmt.Sprintf("%02x", d.Class.Interface()),
		Vendor:    fmt.Sprintf("%04x", d.Vendor),
		Device:    fmt.Sprintf("%04x", d.Device),
		Name:      names.Model(d),
		Short:     names.Short(d),
		Revision:  fmt.Sprintf("%02x", d.Revision),
		Subsystem: names.Card(d),

		Driver:   d.Driver,
		Override: line.Override,
		Modalias: d.Modalias,

		Hidden:     d.Driver == pciback.Name,
		Slot:       line.Slot,
		Former:     line.Former,
		Quarantine: quarantineOf(status, f.iommu),
		Permissive: line.Permissive,
		Guest:      line.Guest,
		WantedBy:   line.WantedBy,
		Unfinished: line.Unfinished,
		Remark:     line.Remark,
		Hide:       newVerdict(status.Hide),
		Findings:   newFindings(status.Findings),
		Hints:      newHints(f.hints),
		Guests:     newGuestKinds(f.guests),

		Parent:       d.Parent,
		Above:        d.Above,
		Siblings:     d.Siblings,
		PhysFn:       d.PhysFn,
		VirtFns:      d.VirtFns,
		PhysicalSlot: d.PhysicalSlot,
		Node:         d.Node,

		NoAnswer:     f.silent,
		CanReset:     d.CanReset,
		ResetMethods: d.ResetMethods,
		NUMANode:     d.NUMANode,
		IRQ:          d.IRQ,
		Enabled:      d.Enabled,
		IOMMUGroup:   d.IOMMUGroup,
		GuestConfig:  guestConfig(d.Address, f),
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
		s.Behind = &Buses{fmt.Sprintf("%02x", d.Behind.Secondary), fmt.Sprintf("%02x", d.Behind.Subordinate)}
	}
	for _, r := range d.Regions {
		kind := "memory"
		if r.IO() {
			kind = "ports"
		}
		s.Regions = append(s.Regions, Region{
			r.Number, kind, fmt.Sprintf("0x%x", r.Start), fmt.Sprintf("0x%x", r.End), r.Size(), fmt.Sprintf("0x%x", r.Flags),
		})
	}
	s.State = s.state()
	s.CanBeGiven = s.canBeGiven()
	return s
}
