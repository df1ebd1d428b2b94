package foreign

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// driverctlFolder has a file for each device that driverctl gives to a driver:
// its bus and its name, as in pci-0000:00:09.0, and in it the driver's name
// (driverctl 0.111).
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
			r.add(s)
		}
	}
}

// driverctlName is the device that a file is for; those of other buses do not
// count.
func driverctlName(name string) (pci.Address, bool) {
	device, isPCI := strings.CutPrefix(name, "pci-")
	if !isPCI {
		return pci.Address{}, false
	}
	return pci.ParseName(device)
}

// override reads which driver a device is given to. An empty file is none.
func (r *reader) override(where Where, a pci.Address, driver string) (Setting, bool) {
	s := Setting{Where: where, Text: driver}
	switch {
	case driver == pciback.Name:
		s.Devices = []pci.Address{a}
		if modprobe.Name(r.Module) != pciback.Name && len(r.modprobe.Aliases(pciback.Name)) == 0 {
			s.Problems = append(s.Problems, "driverctl cannot load pciback: it looks for a module of the driver's name, and that is "+r.Module)
		}
	case isPciback(driver):
		s.Devices = []pci.Address{a}
		s.Problems = append(s.Problems, "no driver is called "+driver+", so the device has none; it is "+pciback.Name)
	case strings.HasPrefix(driver, "vfio"):
		s.Problems = append(s.Problems, a.String()+" is kept for "+driver+", which gives devices to the guests of KVM and not of Xen")
	default:
		return Setting{}, false
	}
	return s, true
}
