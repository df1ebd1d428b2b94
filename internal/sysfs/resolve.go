package sysfs

import "path"

// Resolve returns the path that the symbolic link name leads to, or name where it
// is no link. It follows one link, and does not look whether its target exists.
func (f FS) Resolve(name string) string {
	target, err := f.Readlink(name)
	if err != nil {
		return name
	}
	if path.IsAbs(target) {
		return path.Clean(target)
	}
	return path.Join(path.Dir(name), target)
}
