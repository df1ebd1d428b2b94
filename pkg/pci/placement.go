package pci

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// slotsDir has a folder for each slot that a hotplug driver knows, with the
// address of what is in it.
const slotsDir = "/sys/bus/pci/slots"

// noNode is the NUMA node of a device that the firmware gives none
// (NUMA_NO_NODE, include/linux/numa.h).
const noNode = -1

// readPlacement finds out to what part of the machine a device belongs.
func readPlacement(f folder, d *Device) (err error) {
	if node := readInt(f, "numa_node"); node != nil && *node != noNode {
		d.NUMANode = node
	}
	if d.IOMMUGroup, err = f.linkName("iommu_group"); err != nil {
		return err
	}
	d.Node, err = readNode(f)
	return err
}

// readNode gives the path of the device tree node as sysfs has it: the target
// of of_node, which is relative to the folder that the device's own link
// names.
func readNode(f folder) (string, error) {
	target, err := f.dir.Readlink(f.name + "/of_node")
	if sysfs.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if path.IsAbs(target) {
		return path.Clean(target), nil
	}
	home := devicesDir + "/" + f.name
	if link, err := f.dir.Readlink(f.name); err == nil {
		home = path.Join(devicesDir, link)
	}
	return path.Join(home, target), nil
}

// readSlots gives the names of the slots, by the addresses of their first
// functions. Of two names for one slot the first in the kernel's order counts,
// as for lspci. Slots that say nothing are left out.
func readSlots(fsys sysfs.FS) map[Address]string {
	names, err := fsys.List(slotsDir)
	if err != nil || len(names) == 0 {
		return nil
	}
	slots := make(map[Address]string, len(names))
	for _, name := range names {
		text, err := fsys.Attribute(slotsDir + "/" + name + "/address")
		if err != nil || strings.HasPrefix(name, ".") {
			continue
		}
		a, err := ParseAddress(text + ".0") // drivers differ in the digits that they write
		if _, twice := slots[a]; err == nil && !twice {
			slots[a] = name
		}
	}
	return slots
}
