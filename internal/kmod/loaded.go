package kmod

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxModules bounds /proc/modules, in bytes; a machine with 300 modules has 20,000.
const maxModules = 1 << 20

// Loaded returns the names of the modules that are loaded, with '_' for '-', in the order
// in which they were loaded. The kernel lists the last one first (/proc/modules). A kernel
// without modules has none.
func Loaded(f sysfs.FS) ([]string, error) {
	text, err := f.Read("/proc/modules", maxModules)
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if name, _, found := strings.Cut(line, " "); found {
			names = append(names, name)
		}
	}
	slices.Reverse(names)
	return names, nil
}
