package usage

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// lastAddress is the last PCI address among the parts of a path.
func lastAddress(name string) (last pci.Address, ok bool) {
	for part := range strings.SplitSeq(name, "/") {
		if a, is := pci.ParseName(part); is {
			last, ok = a, true
		}
	}
	return last, ok
}

// home is where a link of sysfs leads, as an absolute path; the name itself where
// it is no link.
func (s *scan) home(name string) string {
	target, err := s.fsys.Readlink(name)
	if err != nil {
		return name
	}
	if path.IsAbs(target) {
		return path.Clean(target)
	}
	return path.Join(path.Dir(name), target)
}
