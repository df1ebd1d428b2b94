package network

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// Named returns the network interface of a name, on what sysfs shows it to be on; nil where
// dom0 has none of that name. A bridge or a bond is on all its ports that lead to hardware.
// An internal port of Open vSwitch is on all ports of the switch: sysfs does not show which
// of them it uses.
func Named(b *graph.Builder, fsys sysfs.FS, name string) *graph.Node {
	node, _ := readInterfaces(b, fsys, true).Interface(name)
	return node
}
