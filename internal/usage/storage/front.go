package storage

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// blockFronts begins the folders of disks that a backend of Xen gives to dom0:
// "/sys/devices/vbd-51712/block/xvda".
const blockFronts = "/sys/devices/vbd-"

// front settles a disk that dom0 has attached to itself: it is on what its own
// backend has opened. sysfs does not show what is behind a disk that another
// domain, or a program of dom0, serves.
func (d *disks) front(n *graph.Node, home string) {
	id, _, _ := strings.Cut(strings.TrimPrefix(home, blockFronts), "/")
	backend := "/sys/bus/xen-backend/devices/vbd-0-" + id
	text, err := d.fsys.Attribute(backend + "/physical_device")
	if number, ok := hexNumber(text); ok && err == nil {
		var target string
		if target, err = d.fsys.Readlink(blockNumbers + "/" + number); err == nil {
			n.On = []*graph.Node{d.node(path.Base(target))}
			return
		}
	}
	if err != nil && !sysfs.IsNotExist(err) {
		d.unknown(n, err)
		return
	}
	d.silent = append(d.silent, n.Name)
}

// hexNumber reads the number of a block device as the backend writes it, "fd:3",
// and returns it as the rest of the kernel does, "253:3"
// (drivers/block/xen-blkback/xenbus.c).
func hexNumber(text string) (number string, ok bool) {
	major, minor, _ := strings.Cut(text, ":")
	a, err1 := strconv.ParseUint(major, 16, 32)
	b, err2 := strconv.ParseUint(minor, 16, 32)
	return fmt.Sprintf("%d:%d", a, b), err1 == nil && err2 == nil
}
