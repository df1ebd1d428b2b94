package snapshot

import (
	"io/fs"
	"path"
	"strings"
)

// sockets copies, of a process's open files, those that are sockets.
type sockets struct{ *copier }

func (s sockets) leaf(_ tree, dir string, e fs.DirEntry) {
	name := dir + "/" + e.Name()
	if target, err := s.fsys.Readlink(name); err == nil && strings.HasPrefix(target, "socket:[") {
		s.link(name)
	}
}

// volumes copies the names that udev gives to volumes, /dev/vg0/root, and to
// arrays.
type volumes struct{ *copier }

func (v volumes) dir(_ string, inside func()) { inside() }

func (v volumes) leaf(_ tree, dir string, e fs.DirEntry) {
	if e.Type() != fs.ModeSymlink {
		return
	}
	name := dir + "/" + e.Name()
	target, err := v.fsys.Readlink(name)
	kernels := path.Base(target)
	if err == nil && (strings.HasPrefix(kernels, "dm-") || strings.HasPrefix(kernels, "md")) {
		v.link(name)
	}
}
