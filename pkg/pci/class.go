package pci

// Base classes of devices (PCI_BASE_CLASS_* in include/linux/pci_ids.h).
const (
	BaseStorage = 0x01
	BaseNetwork = 0x02
	BaseDisplay = 0x03
	BaseBridge  = 0x06
)

// Classes of devices (PCI_CLASS_* in include/linux/pci_ids.h), with 00 for the
// programming interface. Class.Is compares without it.
const (
	ClassVGA             Class = 0x030000
	ClassHostBridge      Class = 0x060000
	ClassISABridge       Class = 0x060100
	ClassEISABridge      Class = 0x060200
	ClassPCIBridge       Class = 0x060400 // also ports of PCI Express
	ClassCardBusBridge   Class = 0x060700
	ClassSemiTransparent Class = 0x060900 // a PCI bridge between two processors
	ClassOtherBridge     Class = 0x068000
	ClassSerial          Class = 0x070000
	ClassInterrupt       Class = 0x080000 // an interrupt controller
	ClassDMA             Class = 0x080100
	ClassTimer           Class = 0x080200
	ClassClock           Class = 0x080300 // a real-time clock
	ClassHotPlug         Class = 0x080400
	ClassIOMMU           Class = 0x080600
	ClassSMBus           Class = 0x0c0500
)

// Classes of USB host controllers, with their programming interface: compare the
// whole class.
const (
	ClassUHCI Class = 0x0c0300
	ClassOHCI Class = 0x0c0310
	ClassEHCI Class = 0x0c0320
)

// Is reports whether base class and subclass are those of another class.
func (c Class) Is(other Class) bool { return c>>8 == other>>8 }
