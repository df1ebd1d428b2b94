package lspci

import (
	"errors"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Select reads the devices below root that the filter chooses, with what List
// needs for them; kernel says that -k is wanted. Devices that cannot match are
// not read.
//
// domains says whether any device of the machine, chosen or not, is outside
// domain 0: lspci shows the domain of all devices then. The errors are those of
// pci.Scan, and what could be read is returned beside them.
func Select(root string, filter pci.Filter, kernel bool) (devices []pci.Device, domains bool, err error) {
	addresses, listErr := pci.List(root)
	matching := addresses[:0:0]
	for _, a := range addresses {
		domains = domains || a.Domain != 0
		if filter.MatchAddress(a) {
			matching = append(matching, a)
		}
	}
	var parts pci.Parts
	if kernel {
		parts = pci.WithDriver | pci.WithLabel
	}
	found, readErr := pci.Read(root, matching, parts)
	for _, d := range found {
		if filter.Match(d) {
			devices = append(devices, d)
		}
	}
	return devices, domains, errors.Join(listErr, readErr)
}
