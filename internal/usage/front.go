package usage

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// blockFronts are the homes of disks that a backend of Xen gives to dom0:
// "/sys/devices/vbd-51712/block/xvda".
const blockFronts = "/sys/devices/vbd-"

// front settles a disk that dom0 has attached to itself: it is on what its own
// backend has opened. What another domain gives, or a program of dom0, cannot be
// seen.
func (d *disks) front(n *Node, home string) {
	id, _, _ := strings.Cut(strings.TrimPrefix(home, blockFronts), "/")
	backend := "/sys/bus/xen-backend/devices/vbd-0-" + id
	text, err := d.fsys.Attribute(backend + "/physical_device")
	if number, ok := hexNumber(text); ok && err == nil {
		if target, err := d.fsys.Readlink(blockNumbers + "/" + number); err == nil {
			n.On = []*Node{d.node(path.Base(target))}
			return
		}
	}
	d.mute = append(d.mute, n.Words)
}

// hexNumber reads the number of a block device as the backend writes it,
// "fd:3", and gives it as all others do, "253:3"
// (drivers/block/xen-blkback/xenbus.c).
func hexNumber(text string) (number string, ok bool) {
	major, minor, _ := strings.Cut(text, ":")
	a, err1 := strconv.ParseUint(major, 16, 32)
	b, err2 := strconv.ParseUint(minor, 16, 32)
	return fmt.Sprintf("%d:%d", a, b), err1 == nil && err2 == nil
}
