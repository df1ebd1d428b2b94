package picture

import (
	"fmt"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Machine is what a picture shows. All three functions are needed, and may
// return any bytes.
type Machine struct {
	Domains []*topology.Domain
	Name    func(pci.Device) string // vendor and device
	Class   func(pci.Class) string  // "Ethernet controller"
	Mark    func(pci.Address) Mark  // who has a function
}

// NewMachine returns a machine with these devices, without the functions.
func NewMachine(devices []pci.Device) Machine {
	return Machine{Domains: topology.Grow(devices)}
}

// Mark is what is to be known of a function beside what pci.Scan reads. The
// zero value is one that dom0 keeps.
type Mark struct {
	Hidden     bool         // pciback has it
	Registered bool         // its slot stands in pciback's slots
	Guest      string       // the guest that has it; "" where none has
	PhysFn     *pci.Address // the physical function that this virtual one belongs to; nil for others
}

// state is how a function is coloured.
type state uint8

const (
	driven   state = iota // dom0 drives it
	idle                  // it has no driver
	bridging              // a host bridge, a PCI bridge: seldom what is looked for
	hidden                // pciback has it, for no guest yet
	assigned              // a guest has it
	states                // how many there are
)

func stateOf(d pci.Device, m Mark) state {
	switch {
	case m.Guest != "":
		return assigned
	case m.Hidden:
		return hidden
	case d.Class.Base() == pci.BaseBridge:
		return bridging
	case d.Driver == "":
		return idle
	default:
		return driven
	}
}

// driver is who has the function in dom0, in words.
func (e entry) driver() string {
	switch {
	case e.Hidden:
		return pciback.Name
	case e.Device.Driver == "":
		return "no driver"
	default:
		return e.Device.Driver
	}
}

// behind is the range of buses behind a bridge, "02" or "02-05", as lspci -t
// has it; "" for a function that is no bridge or one that is not set up.
func (e entry) behind() string {
	switch r := e.Range; {
	case r == nil || r.Secondary == 0:
		return ""
	case r.Subordinate <= r.Secondary:
		return fmt.Sprintf("%02x", r.Secondary)
	default:
		return fmt.Sprintf("%02x-%02x", r.Secondary, r.Subordinate)
	}
}

// busName is the domain and the number of a bus, "0000:3a".
func busName(b *topology.Bus) string { return fmt.Sprintf("%04x:%02x", b.Domain, b.Number) }

// controller is the function of another domain, or of a bus that no bridge
// shows, behind which a root bus is: the VMD controller of bus 10000:e0.
func controller(root *topology.Bus) (a pci.Address, ok bool) {
	if len(root.Functions) == 0 {
		return a, false
	}
	above := root.Functions[0].Device.Above
	if len(above) == 0 {
		return a, false
	}
	return above[len(above)-1], true
}
