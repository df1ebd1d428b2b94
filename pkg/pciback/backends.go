package pciback

import (
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const backendDevices = "/sys/bus/xen-backend/devices"

// BackendDomains returns the domains that have a PCI backend in this kernel, by the
// names pci-<domid>-<devid> in /sys/bus/xen-backend/devices. It does not need
// xenstored, and does not tell which device each domain has.
func (d *Driver) BackendDomains() ([]uint16, error) {
	names, err := d.fs.List(backendDevices)
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, attributeError(err)
	}
	var domains []uint16
	for _, name := range names {
		domid, ok := strings.CutPrefix(name, "pci-")
		if !ok {
			continue
		}
		domid, _, _ = strings.Cut(domid, "-")
		if id, err := strconv.ParseUint(domid, 10, 16); err == nil {
			domains = append(domains, uint16(id))
		}
	}
	return domains, nil
}
