package snapshot

import (
	"io/fs"
	"path"
	"strings"
)

// sockets copies the open files of a process that are sockets.
type sockets struct{ *copier }

func (s sockets) leaf(_ tree, dir string, e fs.DirEntry) {
	name := dir + "/" + e.Name()
	if target, err := s.fsys.Readlink(name); err == nil && strings.HasPrefix(target, "socket:[") {
		s.link(name)
	}
}

// volumes copies udev's names for volumes, such as /dev/vg0/root, and for arrays.
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
