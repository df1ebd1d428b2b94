package usage

import (
	"errors"
	"slices"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// owner is the PCI function behind an entry of /sys/class; nil for a virtual
// one. Before Linux 2.6.26 such an entry is a folder with a link "device".
func (s *scan) owner(name string) *Node {
	_, err := s.fsys.Readlink(name)
	if err != nil && !sysfs.IsNotExist(err) && !errors.Is(err, syscall.EINVAL) {
		s.unseen(Warn, "where it leads cannot be seen: "+err.Error())
	}
	if function := s.function(s.home(name)); function != nil {
		return function
	}
	return s.function(s.home(name + "/device"))
}

// entries are the names in a folder of /sys/class, sorted; none where this
// kernel has no such class.
func (s *scan) entries(class string) []string {
	names, err := s.fsys.List(class)
	if err != nil && !sysfs.IsNotExist(err) {
		s.unseen(Warn, "what is in it cannot be seen: "+err.Error())
	}
	slices.Sort(names)
	return names
}

// some is a list of one, or of none for nil.
func some(n *Node) []*Node {
	if n == nil {
		return nil
	}
	return []*Node{n}
}
