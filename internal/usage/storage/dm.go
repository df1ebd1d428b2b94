package storage

import (
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// volume settles a volume of the device mapper. sysfs shows what it is made of,
// but not how: a mirror of LVM is taken to need all its legs that are there.
// Only multipath is known by its UUID.
func (d *disks) volume(n *graph.Node, name string) {
	dm := classBlock + "/" + name + "/dm"
	called, err := d.fsys.Attribute(dm + "/name") // since Linux 2.6.29
	if err == nil {
		uuid, _ := d.fsys.Attribute(dm + "/uuid") // may be empty
		n.Kind, n.Name = volumeKind(uuid, called)
		if strings.HasPrefix(uuid, "mpath-") {
			d.stand(n, name, d.slaves(n, name), 1)
			return
		}
	}
	d.stand(n, name, d.slaves(n, name), 0)
}

// volumeKind returns what a volume is and what it is called. Its UUID begins with
// its maker; LVM doubles the dashes in the names of a group and a volume, so that
// it can join them by one.
func volumeKind(uuid, name string) (graph.Kind, string) {
	called := prose.Printable(name)
	switch {
	case strings.HasPrefix(uuid, "LVM-"):
		return graph.Volume, strings.ReplaceAll(called, "--", "-")
	case strings.HasPrefix(uuid, "CRYPT-LUKS"):
		return graph.LUKS, called
	case strings.HasPrefix(uuid, "CRYPT-"):
		return graph.Encrypted, called
	case strings.HasPrefix(uuid, "mpath-"):
		return graph.Multipath, called
	}
	return graph.Volume, called
}
