package usage

// nbdPort is where servers of network block devices listen (IANA).
const nbdPort = 10809

// nbd settles a network block device. It has a pid while it is connected
// (drivers/block/nbd.c). To which server, sysfs does not say: it is held to need
// all that dom0 is connected to at the usual port.
func (d *disks) nbd(n *Node, name string) {
	if !d.fsys.Exists(classBlock + "/" + name + "/pid") {
		return
	}
	for _, table := range [...]string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := d.fsys.Read(table, tableLimit) // without, none is found
		for _, c := range parseTCP(text) {
			if c.state == tcpEstablished && c.peer.Port() == nbdPort {
				n.On = append(n.On, d.server("the NBD server", c.peer.Addr().String(), ""))
			}
		}
	}
	if n.On == nil {
		d.dark("the server that " + n.Words + " is on cannot be seen")
	}
}
