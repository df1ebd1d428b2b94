package sysfs

import "path"

// Resolve returns the path that the symbolic link name points to, or name if it is
// not a link. It follows one link, and does not check whether the target exists.
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
