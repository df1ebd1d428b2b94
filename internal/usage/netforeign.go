package usage

import "path"

// baseNetwork is the base class of network controllers
// (PCI_BASE_CLASS_NETWORK, include/linux/pci_ids.h).
const baseNetwork = 0x02

// foreign finds the cards whose interface another network name space has: a
// container, a service. sysfs shows the interfaces of the reader's own alone, and
// of such a card an empty folder, which goes with the last interface (measured).
func (n *network) foreign() {
	for _, d := range n.s.devices {
		if d.Class.Base() != baseNetwork || d.Driver == "" || d.Driver == driverPciback {
			continue
		}
		folder := path.Join("/sys/bus/pci/devices", d.Address.String(), "net")
		if names, err := n.s.fsys.List(folder); err == nil && len(names) == 0 {
			n.s.fact(Warn, d.Address, "its network interface is in another network name space, which would lose it")
		}
	}
}
