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
	fsys := sysfs.New(root)
	b := graph.NewBuilder(devices, model)
	net := network.Scan(b, fsys, devices)
	storage.Scan(b, fsys, net, devices)
	console.Scan(b, fsys, devices, xen)
	platform.Scan(b, fsys, devices)
	return b.Graph()
}
