package network

import (
	"path"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// otherNamespaces finds the cards whose interface is in another network
// namespace: that of a container or a service. sysfs shows the interfaces of the
// reader's own namespace only, and for such a card an empty folder, which
// disappears with the last interface (measured).
func (n *interfaces) otherNamespaces(devices []pci.Device) {
	for _, d := range devices {
		if d.Class.Base() != pci.BaseNetwork || d.Driver == "" || d.Driver == pciback.Name {
			continue
		}
		folder := path.Join("/sys/bus/pci/devices", d.Address.String(), "net")
		if names, err := n.fsys.List(folder); err == nil && len(names) == 0 {
			n.Fact(graph.Finding{
				Device: d.Address, Severity: graph.Warn, Code: graph.NetNamespace,
				Reason: "its network interface is in another network namespace, which would lose it",
				Short:  "used in another network namespace",
			})
		}
	}
}
