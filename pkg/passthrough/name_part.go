package passthrough

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/kernelname"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/network"
	"github.com/xenpci/xenpci/internal/usage/storage"
	"github.com/xenpci/xenpci/pkg/pci"
)

const (
	devDir    = "/dev/"
	classNVMe = "/sys/class/nvme/"

	maxPath  = 1024 // bytes of a path that is an ID
	maxLinks = 16   // that a path below /dev may lead through
)

// sysfsClasses are the folders of sysfs whose links people give as paths.
var sysfsClasses = [...]string{"/sys/class/net/", "/sys/class/block/", "/sys/block/", classNVMe}

// partName returns the name in the kernel of what an ID names: "sda" for "/dev/sda", for a
// link to it such as /dev/disk/by-id/ata-..., and for /sys/block/sda. Any other ID is its
// own name. isPath is true for those that were paths.
func partName(f sysfs.FS, id string) (name string, isPath bool) {
	for _, class := range sysfsClasses {
		if name, ok := strings.CutPrefix(id, class); ok {
			return strings.TrimSuffix(name, "/"), true
		}
	}
	if !strings.HasPrefix(id, devDir) {
		return id, false
	}
	at := path.Clean(id)
	for range maxLinks {
		target, err := f.Readlink(at)
		if err != nil { // it is no link, or not there
			break
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(at), target)
		}
		at = path.Clean(target)
		if !strings.HasPrefix(at, devDir) {
			return "", true
		}
	}
	return strings.TrimPrefix(at, devDir), true
}

// byInterface returns the devices that a network interface is on.
func (v *View) byInterface(name string) []meaning {
	return v.byNode(NameInterface, name, network.Named)
}

// byDisk returns the devices that a block device or an NVMe controller is on.
func (v *View) byDisk(name string) []meaning {
	if strings.Contains(name, "/") { // "cciss/c0d0"
		return v.byNode(NameDisk, name, storage.Named)
	}
	if target, err := v.fs.Readlink(classNVMe + name); err == nil {
		if a, ok := graph.LastAddress(target); ok {
			return []meaning{{by: NameDisk, devices: []pci.Address{a}}}
		}
	}
	return v.byNode(NameDisk, name, storage.Named)
}

// byNode returns what a name means that find finds: the PCI functions that it is on, or no
// devices where it is on none.
func (v *View) byNode(by NameKind, name string, find func(*graph.Builder, sysfs.FS, string) *graph.Node) []meaning {
	if name == "" {
		return nil
	}
	devices, _ := v.allDevices() // of what cannot be read, no name is known
	node := find(graph.NewBuilder(devices, func(pci.Device) string { return "" }), v.fs, name)
	if node == nil {
		return nil
	}
	m := meaning{by: by}
	for _, f := range node.Functions() {
		m.devices = append(m.devices, *f.Function)
	}
	m.devices = once(m.devices)
	if len(m.devices) == 1 {
		m.via = between(node, name)
	}
	return []meaning{m}
}

// between returns the names on the way from a node of a name down to its function. The
// paths to an NVMe namespace have its name.
func between(n *graph.Node, name string) (via []string) {
	seen := []*graph.Node{n}
	for {
		i := slices.IndexFunc(n.On, func(below *graph.Node) bool { return len(below.Functions()) > 0 && !slices.Contains(seen, below) })
		if i < 0 || n.On[i].Function != nil {
			return via
		}
		n = n.On[i]
		seen = append(seen, n)
		called := kernelname.Head(n.Name)
		if called != "" && called != name && n.Kind != graph.Controller && !slices.Contains(via, called) {
			via = append(via, called)
		}
	}
}

// partNames returns the printable names of all network interfaces and disks on devices.
func partNames(parts []kernelname.Part) []string {
	var names []string
	for _, p := range parts {
		names = append(names, prose.Printable(p.Name))
	}
	return names
}
