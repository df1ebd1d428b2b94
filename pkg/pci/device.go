package pci

import "fmt"

// Device is one PCI function as the kernel shows it in /sys/bus/pci/devices/ADDRESS. A
// field whose attribute may be absent is a pointer, or a string or list that is empty
// then.
//
// Scan fills the first two groups of fields, ReadDevice all except Behind.
type Device struct {
	Address   Address
	Vendor    uint16 // vendor
	Device    uint16 // device
	Class     Class  // class
	Revision  uint8  // revision; byte 8 of config where that is absent; ff where neither can be read
	SubVendor uint16 // subsystem_vendor; 0: none
	SubDevice uint16 // subsystem_device
	Modalias  string // modalias; "" in trees that lack it

	Driver   string    // driver: the last part of the link; "" without a driver
	Parent   *Address  // the folder above in /sys/devices: a bridge; nil on a root bus
	Above    []Address // all functions above in /sys/devices, outermost first; also the VMD controller, whose bus is a root bus
	Siblings []Address // the other functions of the slot that exist, in order

	Override     *string   // driver_override: "" when none is set; nil where the kernel has none (before 3.16)
	Label        *string   // label: the firmware's name, with its newline; nil without one
	PhysFn       *Address  // physfn: the physical function that this virtual one belongs to
	VirtFns      []Address // virtfn0, virtfn1, ...: the virtual functions, by number
	CanReset     bool      // reset: the kernel knows a way to reset this function alone
	ResetMethods []string  // reset_method: the ways, in the kernel's order; empty before Linux 5.15
	NUMANode     *int      // numa_node; nil where the kernel knows none (-1)
	IRQ          *int      // irq; 0 when it has none yet
	Enabled      *int      // enable: how many users have enabled it
	IOMMUGroup   string    // iommu_group: the last part of the link; always "" in a PV dom0
	Node         string    // of_node: the path of the device tree node; "" without one
	PhysicalSlot string    // the name of /sys/bus/pci/slots/NAME whose address this is; "" without one
	Behind       *Buses    // config: the buses behind a bridge (base class 06); nil for others, and where config cannot be read
	Regions      []Region  // resource: the regions in use
}

// Subsystem returns the ids of the card. ok is false if it has none: the registers read
// 0 or, on a device that does not answer, ffff.
func (d Device) Subsystem() (vendor, device uint16, ok bool) {
	ok = d.SubVendor != 0 && d.SubVendor != 0xffff
	return d.SubVendor, d.SubDevice, ok
}

// Class is the class code of a device, 24 bits: base class, subclass and
// programming interface.
type Class uint32

// Base returns the base class: 02 for network.
func (c Class) Base() uint8 { return uint8(c >> 16) }

// Sub returns the subclass within the base class: 00 for Ethernet.
func (c Class) Sub() uint8 { return uint8(c >> 8) }

// Interface returns the programming interface: 30 for an xHCI USB controller.
func (c Class) Interface() uint8 { return uint8(c) }

// String returns base class and subclass as four digits, "0200".
func (c Class) String() string { return fmt.Sprintf("%04x", uint16(c>>8)) }

// Buses are the numbers of the buses behind a bridge, from its configuration space.
// Secondary is 0 before the bridge is configured.
type Buses struct {
	Secondary   uint8 // the bus directly behind the bridge
	Subordinate uint8 // the highest bus behind it
}

// Region is one line of the attribute resource: a range of addresses to which the device
// responds. Numbers 0 to 5 are the base address registers, 6 is the expansion ROM; the
// windows of bridges follow.
type Region struct {
	Number int
	Start  uint64
	End    uint64 // inclusive
	Flags  uint64 // IORESOURCE_*, include/linux/ioport.h
}

// IO reports whether the region has I/O ports, and not memory.
func (r Region) IO() bool { return r.Flags&0x100 != 0 }

// Size returns the length of the region in bytes.
func (r Region) Size() uint64 { return r.End - r.Start + 1 }

// DeviceError reports a device that could not be read, or an entry among the devices
// that is not one.
type DeviceError struct {
	Name string // its name in /sys/bus/pci/devices
	Err  error  // an *AttributeError if a file could not be read
}

// Error names the device first.
func (e *DeviceError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns the cause: errors.Is(err, fs.ErrNotExist) reports whether the device does
// not exist, or no longer.
func (e *DeviceError) Unwrap() error { return e.Err }
