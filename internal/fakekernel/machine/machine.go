// Package machine describes the machines of testdata/sysfs in a compact form
// and makes their archives. Only tests may import it.
//
// The archives are made once and committed:
//
//	go test ./internal/fakekernel/machine -update
//
// A test holds every committed archive to its description, and to itself: all
// links lead somewhere, and uevent, modalias and config space agree with the
// attributes beside them.
package machine

import "github.com/xenpci/xenpci/internal/fakekernel/archive"

// Machine is a dom0 just after its boot: native drivers loaded and bound,
// pciback a module that nobody has loaded.
type Machine struct {
	Name    string // of its archive
	Comment string
	Release string // of the kernel
	Cmdline string // of dom0's kernel
	Nodes   int    // NUMA nodes; up to 1 means that devices show -1
	IOMMU   bool   // Intel's; Xen gives its table another name, so that dom0 leaves it alone
	Drivers []Driver
	Devices []Device
	Mounts  []Mount
}

// Driver is one PCI driver that the kernel has.
type Driver struct {
	Name      string
	File      string   // of its module below /lib/modules/RELEASE
	Needs     []string // module files before it
	IDs       []string // "8086:100e", or a class "060400"
	BuiltIn   bool
	SRIOV     bool    // configures VFs by sriov_numvfs
	Express   bool    // takes PCI Express only
	Revisions [2]byte // the chip's revisions that it takes; the zero value is all
}

// Device is one PCI function.
type Device struct {
	Address   string
	ID        string // "1039:0190"
	Subsystem string // the same form; "" means 0000:0000
	Class     uint32 // 0x020000
	Revision  byte
	Driver    string // "" when none has it
	Header    byte   // type 0, 1 (bridge) or 2 (CardBus)
	Several   bool   // the multi-function bit
	Buses     [2]byte
	IRQ       int
	Node      int
	Express   bool
	Reset     string // reset_method; "" when there is no way to reset it
	BARs      []BAR
	Below     string // the device whose own domain's root bus this is on
	Label     string // the slot's name in /sys/bus/pci/slots
	BootVGA   bool
	PF        string // of a VF
	Absent    bool   // of a VF that is not enabled yet
	Makes     []Made
}

// BAR is one address range of a device.
type BAR struct {
	Index int
	Start uint64
	Size  uint64
	Flags uint64 // of enum IORESOURCE
}

// Mount is a line of /proc/self/mountinfo.
type Mount struct {
	Point, Device, Number, Type string
}

// Build makes the machine's archive.
func (m Machine) Build() archive.Archive {
	b := builder{machine: m}
	b.kernel()
	b.proc()
	b.hypervisor()
	b.bus()
	b.drivers()
	for _, d := range m.Devices {
		b.device(d)
	}
	b.names()
	a := archive.Archive{Comment: m.Comment + "\n\n", Entries: b.entries}
	a.Sort()
	return a
}
