package snapshot

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxNames bounds how many names of one directory are read.
const maxNames = 1 << 16

// visitor is called for the contents of trees.
type visitor interface {
	over() bool                             // reports whether to stop
	leaf(t tree, dir string, e fs.DirEntry) // a file, a link, or something else
	dir(name string, inside func())         // a directory; inside visits its contents
	unlisted(dir string, err error)         // a directory that cannot be listed
}

// walk calls v for the contents of a tree, in the order of whole paths, as in an
// archive. It does not follow links.
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

// sortName returns a name as it continues in the paths of a directory's contents.
func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}
