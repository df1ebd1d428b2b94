package usage

import "strings"

// volume settles a volume of the device mapper. sysfs shows what it is made of,
// and not how: a mirror of LVM is held to need all its legs that are there.
// Multipath alone is known by its UUID.
func (d *disks) volume(n *Node, name string) {
	dm := classBlock + "/" + name + "/dm"
	called, err := d.fsys.Attribute(dm + "/name") // since Linux 2.6.29
	if err == nil {
		uuid, _ := d.fsys.Attribute(dm + "/uuid") // may be empty
		n.Words = volumeWords(uuid, called)
		if strings.HasPrefix(uuid, "mpath-") {
			d.stand(n, name, d.slaves(name), 1)
			return
		}
	}
	d.stand(n, name, d.slaves(name), 0)
}

// volumeWords is what a volume is called. Who made it is in the beginning of its
// UUID; LVM doubles the dashes in the names of a group and a volume, so that it
// can join them by one.
func volumeWords(uuid, name string) string {
	called := printable(name)
	switch {
	case strings.HasPrefix(uuid, "LVM-"):
		return strings.ReplaceAll(called, "--", "-")
	case strings.HasPrefix(uuid, "CRYPT-LUKS"):
		return "the LUKS volume " + called
	case strings.HasPrefix(uuid, "CRYPT-"):
		return "the encrypted volume " + called
	case strings.HasPrefix(uuid, "mpath-"):
		return "the multipath disk " + called
	}
	return called
}
