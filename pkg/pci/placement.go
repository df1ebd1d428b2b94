package pci

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// slotsDir has a folder for each slot that a hotplug driver knows, with the address of
// the device in it.
const slotsDir = "/sys/bus/pci/slots"

// noNode is the NUMA node of a device for which the firmware has none (NUMA_NO_NODE in
// include/linux/numa.h).
const noNode = -1

// readPlacement reads to which part of the machine a device belongs.
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

// readNode returns the path of the device tree node in sysfs: the target of of_node,
// which is relative to the folder that the device's own link names.
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

// readSlots returns the names of the physical slots, by the addresses of their first
// functions. Of two names for one slot it returns the first in the kernel's order, as
// lspci does. It omits slots whose address cannot be read.
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
