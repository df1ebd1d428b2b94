package usage

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/console"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/network"
	"github.com/xenpci/xenpci/internal/usage/platform"
	"github.com/xenpci/xenpci/internal/usage/storage"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Reads is what Scan needs of each PCI function.
const Reads = pci.WithDriver | pci.WithParent | pci.WithFunctions | pci.WithRegions

// Scan reads the machine below root. devices are all its PCI functions, read with
// Reads; model returns the name of a device, "Samsung SSD 980", or "". xen are the command
// lines of Xen, which tell where its own console is.
//
// It returns no error: what cannot be read becomes a finding.
func Scan(root string, devices []pci.Device, model func(pci.Device) string, xen ...grub.CommandLine) *graph.Graph {
	return scan(root, devices, model, storage.Scan, xen)
}

// Glance is Scan without what takes longest: it looks at no process, at no boot loader's
// files, and at no names of devices. It finds nothing that Scan does not find.
func Glance(root string, devices []pci.Device) *graph.Graph {
	return scan(root, devices, func(pci.Device) string { return "" }, storage.Glance, nil)
}

func scan(root string, devices []pci.Device, model func(pci.Device) string, disks func(*graph.Builder, sysfs.FS, *network.Network, []pci.Device), xen []grub.CommandLine) *graph.Graph {
	fsys := sysfs.New(root)
	b := graph.NewBuilder(devices, model)
	net := network.Scan(b, fsys, devices)
	disks(b, fsys, net, devices)
	console.Scan(b, fsys, devices, xen)
	platform.Scan(b, fsys, devices)
	return b.Graph()
}
