package passthrough

import (
	"slices"

	"github.com/xenpci/xenpci/internal/kernelname"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// KernelNames returns the kernel's names of the network interfaces and disks on a device, or
// behind it: "eth0"; "sda", "sdb". Characters that a terminal might act upon are replaced.
// A device that pciback has, or that has no driver, has none.
func (v *View) KernelNames(a pci.Address) []string {
	var names []string
	for _, p := range v.parts() {
		if name := prose.Printable(p.Name); p.Device == a && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// parts returns the network interfaces, and then the disks, that are on devices.
func (v *View) parts() []kernelname.Part {
	found, _ := v.kernelParts.get(func() ([]kernelname.Part, error) {
		return append(kernelname.Interfaces(v.fs), kernelname.Disks(v.fs)...), nil
	})
	return found
}
