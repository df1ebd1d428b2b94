// Package network finds out what dom0's network depends on: its default routes,
// its addresses, the sessions of those who are logged in, and the virtual
// interfaces of its guests.
//
// It reads sysfs and /proc/net, and changes nothing.
package network

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Network is the interfaces of dom0 and the ways that go through them. It never
// changes and may be shared between goroutines.
type Network struct {
	*interfaces
	*routing
}

// Scan reads the network and adds what needs it to b. devices are all PCI
// functions, read with pci.WithDriver. What cannot be read becomes a finding.
func Scan(b *graph.Builder, fsys sysfs.FS, devices []pci.Device) *Network {
	n := read(b, fsys, devices)
	n.defaultRoutes()
	n.addresses()
	n.sessions()
	return n
}

// read reads the interfaces and the routes.
func read(b *graph.Builder, fsys sysfs.FS, devices []pci.Device) *Network {
	i := readInterfaces(b, fsys, false)
	i.guests()
	i.switchPorts()
	i.otherNamespaces(devices)
	return &Network{interfaces: i, routing: i.readRouting()}
}
