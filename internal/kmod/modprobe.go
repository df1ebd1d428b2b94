package kmod

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// administratorAliases returns the alias lines of modprobe.d, which are the
// administrator's and the distribution's.
func administratorAliases(fsys sysfs.FS) (aliases list) {
	for _, line := range modprobe.Aliases(fsys.Root()) {
		aliases = append(aliases, alias{pattern: line.Text, module: line.Module})
	}
	return aliases
}
