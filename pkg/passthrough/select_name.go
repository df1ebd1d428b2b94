package passthrough

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// ParseIDs reads IDs as the function ParseIDs does. If one is the name of a network interface
// or of a disk, the error has the address of its device.
func (v *View) ParseIDs(ids ...string) ([]pci.Selector, error) {
	selectors, err := ParseIDs(ids...)
	if err == nil {
		return selectors, nil
	}
	e := *asError(err)
	for _, id := range ids {
		if _, err := pci.ParseSelector(id); err == nil {
			continue
		}
		if a, ok := v.named(strings.TrimPrefix(id, "/dev/")); ok {
			e.Advice = id + " is on " + a.String()
		}
		break
	}
	return nil, &e
}

// named returns the device that a network interface or a disk is on.
func (v *View) named(name string) (pci.Address, bool) {
	if name == "" || name != path.Base(name) {
		return pci.Address{}, false
	}
	for _, class := range []string{"/sys/class/net/", "/sys/class/block/"} {
		if target, err := v.fs.Readlink(class + name); err == nil {
			return graph.LastAddress(target)
		}
	}
	return pci.Address{}, false
}
