// Package machine describes the machines of testdata/sysfs in a compact form
// and makes their archives. Only tests may import it.
//
// The archives are made once and committed:
//
//	go test ./internal/fakekernel/machine -update
//
// A test compares every committed archive with its description, and checks that it is
// consistent: all links have a target, and uevent, modalias and configuration space agree with
// the other attributes.
package machine

import "github.com/xenpci/xenpci/internal/fakekernel/archive"

// Machine is a dom0 just after its boot: native drivers are loaded and bound, and pciback is a
// module that is not loaded.
type Machine struct {
	Name    string // the name of its archive
	Comment string
	Release string // of the kernel
	Cmdline string // of dom0's kernel
	Nodes   int    // NUMA nodes; 0 and 1 mean that devices show -1
	IOMMU   bool   // Intel's; Xen renames its table so that dom0 ignores it
	Drivers []Driver
	Devices []Device
	Mounts  []Mount
}

// Driver is a PCI driver of the kernel.
type Driver struct {
	Name      string
	File      string   // the module file below /lib/modules/RELEASE
	Needs     []string // the module files it depends on
	IDs       []string // "8086:100e", or a class "060400"
	BuiltIn   bool
	SRIOV     bool    // configures VFs by sriov_numvfs
	Express   bool    // takes only PCI Express devices
	Revisions [2]byte // the range of chip revisions that it takes; the zero value means all
}

// Device is a PCI function.
type Device struct {
	Address   string
	ID        string // "1039:0190"
	Subsystem string // the same form; "" means 0000:0000
	Class     uint32 // 0x020000
	Revision  byte
	Driver    string // "" if none
	Header    byte   // type 0, 1 (bridge) or 2 (CardBus)
	Several   bool   // the multi-function bit
	Buses     [2]byte
	IRQ       int
	Node      int
	Express   bool
	Reset     string // reset_method; "" if it cannot be reset
	BARs      []BAR
	Below     string // the VMD controller on whose root bus this device is
	Label     string // the slot's name in /sys/bus/pci/slots
	BootVGA   bool
	PF        string // the physical function of a VF
	Serial    uint64 // of the capability of that name, for Express; 0 if it has none
	Absent    bool   // a VF that is not enabled yet
	Makes     []Made
}

// BAR is an address range of a device.
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

// Build returns the machine's archive.
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
