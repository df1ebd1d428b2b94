package picture

import (
	"fmt"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Machine is what a picture shows. All three functions must be set; their results may
// contain any bytes.
type Machine struct {
	Domains []*topology.Domain
	Name    func(pci.Device) string // vendor and device
	Class   func(pci.Class) string  // "Ethernet controller"
	Mark    func(pci.Address) Mark  // the state of a function
}

// NewMachine returns a machine with these devices. The caller must set its functions.
func NewMachine(devices []pci.Device) Machine {
	return Machine{Domains: topology.Grow(devices)}
}

// Mark is the state of a function, besides what pci.Scan reads. The zero value is that of
// a function that dom0 keeps.
type Mark struct {
	Hidden     bool         // it is bound to pciback
	Registered bool         // its slot is in pciback's slots
	Guest      string       // the guest that has it; "" if none has
	Names      string       // of its network interfaces and disks, "eth0"; "" for none
	Was        string       // what a hidden function was in dom0, "was eth2"; "" if that is not known
	PhysFn     *pci.Address // the physical function of a virtual function; nil for others
}

// state is the state of a function, which determines its colour.
type state uint8

const (
	driven   state = iota // bound to a driver of dom0
	idle                  // without a driver
	bridging              // a host bridge or PCI bridge, drawn inconspicuously
	hidden                // bound to pciback, in no guest
	assigned              // in a guest
	states                // number of states
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

// driver describes the function's driver in dom0.
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

// behind returns the range of buses behind a bridge, "02" or "02-05", as in lspci -t; ""
// for a function that is not a bridge, or a bridge that is not configured.
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

// busName returns the domain and the number of a bus, "0000:3a".
func busName(b *topology.Bus) string { return fmt.Sprintf("%04x:%02x", b.Domain, b.Number) }

// controller returns the function behind which a root bus is, which is in another domain
// or on a bus without a bridge: the VMD controller of bus 10000:e0.
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
