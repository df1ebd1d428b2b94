package storage

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// backends has a folder for each device that this kernel's backends give to
// guests: "vbd-3-51712", the disk of that number of guest 3.
const backends = "/sys/bus/xen-backend/devices"

// guestDisks adds what the disks of running guests are on. A disk that qemu or
// another program serves has no folder here; openDisks finds those.
func (d *disks) guestDisks() {
	names, _ := d.fsys.List(backends) // no backend is loaded: no guest has a disk by it
	for _, name := range names {
		guest, disk, ok := parseBackend(name)
		if !ok || guest == 0 {
			continue // what dom0 attached to itself is among its own disks
		}
		text, err := d.fsys.Attribute(backends + "/" + name + "/physical_device")
		if sysfs.IsNotExist(err) || err == nil && (text == "" || text == "0:0") {
			continue // the guest has not opened it yet, or has closed it
		}
		subject := fmt.Sprintf("disk %s of guest %d", diskName(disk), guest)
		if err != nil {
			d.Unknown(graph.GuestUnknown, graph.Warn, subject, "cannot tell what "+subject+" is on", err)
			continue
		}
		number, ok := hexNumber(text)
		node, gone := d.numbered(number)
		switch {
		case ok && node != nil:
			d.Need(graph.Need{
				Code: graph.GuestDisk, Severity: graph.Refuse, Subject: subject, On: node,
				Advice: fmt.Sprintf("shut down guest %d first", guest),
			})
		case !gone:
			d.Unknown(graph.GuestUnknown, graph.Warn, subject, "cannot tell what "+subject+" is on", nil)
		}
	}
}

// parseBackend reads "vbd-3-51712".
func parseBackend(name string) (guest, disk uint64, ok bool) {
	rest, isDisk := strings.CutPrefix(name, "vbd-")
	first, second, _ := strings.Cut(rest, "-")
	guest, err1 := strconv.ParseUint(first, 10, 16)
	disk, err2 := strconv.ParseUint(second, 10, 32)
	return guest, disk, isDisk && err1 == nil && err2 == nil
}

// diskName returns the guest's name for the disk of a number, where it has a name
// of Xen's own (xen-vbd-interface in Xen's documentation), or the number.
func diskName(number uint64) string {
	const xvd, extended = 202 << 8, 1 << 28
	index, partition := (number-xvd)/16, number%16
	if number >= extended {
		index, partition = (number-extended)/256, number%256
	} else if number>>8 != 202 {
		return strconv.FormatUint(number, 10)
	}
	if index >= 26 {
		return strconv.FormatUint(number, 10)
	}
	name := "xvd" + string(rune('a'+index))
	if partition > 0 {
		name += strconv.FormatUint(partition, 10)
	}
	return name
}
