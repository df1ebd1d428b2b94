// Package kernelname reads the names that the kernel gives to what a driver makes of a
// PCI device: its network interfaces (eth0) and its disks (sda, nvme0n1).
package kernelname

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Where the kernel lists network interfaces and disks, a link for each.
const (
	classNet = "/sys/class/net"
	sysBlock = "/sys/block"
)

// Part is a network interface or a disk of a PCI device, or of something behind that, such
// as a USB device.
type Part struct {
	Device pci.Address
	Name   string // as the kernel and its users know it; it may have any byte but "/"
	Dir    string // its folder in sysfs, without the root
}

// Interfaces returns the network interfaces that are on PCI devices, in the order of their
// names: eth1, eth2, ..., eth10. Where there is no such folder in sysfs there are none.
func Interfaces(f sysfs.FS) []Part {
	return parts(f, classNet, func(name string) string { return name })
}

// Disks returns the disks that are on PCI devices: sda, sdb, ..., sdaa. Partitions are
// not in the result. An NVMe namespace with several paths is in it once for each of them.
func Disks(f sysfs.FS) []Part { return parts(f, sysBlock, Head) }

// parts returns the parts that the links in a folder lead to. known returns the name by
// which people know what is listed by another.
func parts(f sysfs.FS, folder string, known func(name string) string) (found []Part) {
	names, _ := f.List(folder) // without it there are none
	for _, name := range names {
		dir := folder + "/" + name
		target, err := f.Readlink(dir)
		if err != nil {
			continue // it is gone, or it is a file
		}
		if a, ok := graph.LastAddress(target); ok {
			found = append(found, Part{a, known(name), dir})
		}
	}
	slices.SortFunc(found, func(a, b Part) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), strings.Compare(a.Name, b.Name), a.Device.Compare(b.Device))
	})
	return found
}

// Head returns the name of the disk that a path to an NVMe namespace belongs to:
// "nvme0n1" for "nvme0c0n1". The kernel hides the paths (drivers/nvme/host/multipath.c).
func Head(name string) string {
	subsystem, rest, ok := strings.Cut(strings.TrimPrefix(name, "nvme"), "c")
	controller, namespace, isPath := strings.Cut(rest, "n")
	if !ok || !isPath || !strings.HasPrefix(name, "nvme") || !number(subsystem) || !number(controller) || !number(namespace) {
		return name
	}
	return "nvme" + subsystem + "n" + namespace
}

func number(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
