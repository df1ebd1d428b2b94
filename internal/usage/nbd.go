package usage

// nbd settles a network block device. It has a pid while it is connected
// (drivers/block/nbd.c); to which server, sysfs does not say.
func (d *disks) nbd(n *Node, name string) {
	if d.fsys.Exists(classBlock + "/" + name + "/pid") {
		d.dark("the server that " + n.Words + " is on cannot be seen")
	}
}
