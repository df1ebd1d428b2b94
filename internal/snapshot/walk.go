package snapshot

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxNames is how many names are looked at in one directory.
const maxNames = 1 << 16

// visitor is who walks through trees.
type visitor interface {
	over() bool                             // it wants no more
	leaf(t tree, dir string, e fs.DirEntry) // a file, a link, or something else
	dir(name string, inside func())         // a directory; inside goes through it
	unlisted(dir string, err error)         // a directory that cannot be listed
}

// walk shows a tree to v in the order of whole paths, as archives have it. It
// follows no link.
func walk(fsys sysfs.FS, t tree, v visitor) {
	if !fsys.Exists(t.dir) {
		return
	}
	v.dir(t.dir, func() { walkInside(fsys, t, t.dir, 1, v) })
}

func walkInside(fsys sysfs.FS, t tree, dir string, depth int, v visitor) {
	entries, err := fsys.Entries(dir, maxNames)
	if err != nil {
		v.unlisted(dir, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(sortName(a), sortName(b)) })
	for _, e := range entries {
		name := dir + "/" + e.Name()
		switch {
		case v.over():
			return
		case depth == 1 && !t.begins(e.Name()):
		case !e.IsDir():
			v.leaf(t, dir, e)
		case depth < t.depth && !passedOver(dir, e.Name()):
			v.dir(name, func() { walkInside(fsys, t, name, depth+1, v) })
		}
	}
}

// sortName is a name as it goes on in the paths of what is below.
func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}
