package foreign

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// driverctlFolder has a file for each device that driverctl gives to a driver. It
// is named after bus and device, as in pci-0000:00:09.0, and contains the driver's
// name (driverctl 0.111).
const driverctlFolder = "/etc/driverctl.d"

func (r *reader) readDriverctl() {
	for _, name := range r.names(driverctlFolder) {
		a, ok := driverctlName(name)
		if !ok {
			continue
		}
		file := path.Join(driverctlFolder, name)
		content, exists := r.read(file)
		if !exists {
			continue
		}
		if s, ok := r.override(Where{File: file}, a, strings.TrimSpace(string(content))); ok {
			s.Problems = append(s.Problems, r.notLoadable(s.Text)...)
			r.add(s)
		}
	}
}

// driverctlName returns the device that a file is for. ok is false if it is on
// another bus than PCI.
func driverctlName(name string) (a pci.Address, ok bool) {
	device, isPCI := strings.CutPrefix(name, "pci-")
	if !isPCI {
		return pci.Address{}, false
	}
	return pci.ParseName(device)
}

// override returns the setting that gives device a to driver. ok is false if the
// driver is neither pciback nor a vfio driver; "" is the driver of an empty file.
func (r *reader) override(where Where, a pci.Address, driver string) (s Setting, ok bool) {
	s = Setting{Where: where, Text: driver}
	switch {
	case driver == pciback.Name:
		s.Devices = []pci.Address{a}
	case isPciback(driver):
		s.Devices = []pci.Address{a}
		s.Problems = append(s.Problems, "no driver is called "+driver+", so the device has no driver; write "+pciback.Name)
	case strings.HasPrefix(driver, "vfio"):
		s.Problems = append(s.Problems, a.String()+" is reserved for "+driver+", which serves KVM guests, not Xen guests")
	default:
		return Setting{}, false
	}
	return s, true
}

// notLoadable returns why driverctl cannot load the driver that it gives a device to.
func (r *reader) notLoadable(driver string) []string {
	if driver != pciback.Name || len(r.kernels[kmod.BuiltIn]) > 0 || modprobe.Name(r.Module) == pciback.Name || len(r.modprobe.Aliases(pciback.Name)) > 0 {
		return nil
	}
	return []string{"driverctl cannot load pciback: it loads a module of the driver's name, but the module is " + r.Module}
}
