package services

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// serviceFolders are where units, scripts and jobs are, and the links that start them.
var serviceFolders = [...]string{
	"/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
	"/etc/init.d", "/etc/rc.d", "/etc/runlevels", "/etc/init", "/etc/event.d",
}

// mostUnit is how much is read of a unit, in bytes, to find out whether that is permitted.
const mostUnit = 1 << 20

// denied returns the error of the first folder or file that the caller may not read and that decides
// which services start; nil if there is none.
func denied(f sysfs.FS) error {
	refused := func(err error) bool { return errors.Is(err, fs.ErrPermission) }
	files := []string{"/etc/inittab"}
	for _, folder := range serviceFolders {
		entries, err := f.List(folder)
		if refused(err) {
			return err
		}
		slices.Sort(entries)
		for _, entry := range entries {
			name := path.Join(folder, entry)
			switch {
			case slices.Contains(Names(), strings.TrimSuffix(entry, path.Ext(entry))):
				files = append(files, name)
			case path.Ext(entry) == ".wants", path.Ext(entry) == ".d", folder == "/etc/runlevels":
				if _, err := f.List(name); refused(err) {
					return err
				}
			}
		}
	}
	for _, name := range files {
		if _, err := f.Read(name, mostUnit); refused(err) {
			return err
		}
	}
	return nil
}
