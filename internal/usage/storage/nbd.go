package storage

import "github.com/xenpci/xenpci/internal/usage/graph"

// nbdPort is where servers of network block devices listen (IANA).
const nbdPort = 10809

// nbd settles a network block device. It has a pid while it is connected
// (drivers/block/nbd.c). sysfs does not show the server, so that it is taken to
// need every machine that dom0 is connected to at the usual port.
func (d *disks) nbd(n *graph.Node, name string) {
	if d.network == nil || !d.fsys.Exists(classBlock+"/"+name+"/pid") {
		return
	}
	for _, peer := range d.network.Peers(nbdPort) {
		n.On = append(n.On, d.server(graph.NBDServer, peer.String(), ""))
	}
	if n.On == nil {
		d.Unknown(graph.ServerUnknown, graph.Warn, n.Name, "cannot tell which server "+n.Name+" is on", nil)
	}
}
