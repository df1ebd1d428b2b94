package engine

import (
	"sync"

	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
)

// newGuard finds out what dom0 lives on, when it is first asked.
func (e *Engine) newGuard() func() *usage.Graph {
	return sync.OnceValue(func() *usage.Graph {
		root := e.FS.Path("/")
		addresses, _ := pci.List(root)
		// A device that cannot be read has no chain; whoever hides it is told why.
		devices, _ := pci.Read(root, addresses, usage.Reads)
		names, err := pci.OpenNames(root)
		if err == nil {
			defer names.Close()
		}
		return usage.Scan(root, devices, func(d pci.Device) string {
			vendor, _ := names.Vendor(d.Vendor)
			device, known := names.Device(d.Vendor, d.Device)
			if !known {
				return vendor
			}
			return vendor + " " + device
		})
	})
}
