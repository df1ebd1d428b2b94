package engine

import (
	"path"

	"github.com/xenpci/xenpci/pkg/pci"
)

// physicalFunction returns the PF of a VF: the target of its physfn link.
func (e *Engine) physicalFunction(a pci.Address) (pci.Address, bool) {
	target, err := e.FS.Readlink("/sys/bus/pci/devices/" + a.String() + "/physfn")
	if err != nil {
		return pci.Address{}, false
	}
	return pci.ParseName(path.Base(target))
}
