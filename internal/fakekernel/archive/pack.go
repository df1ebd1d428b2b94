package archive

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Pack reads the tree below dir, by path. Only empty directories have an entry.
func Pack(dir string) (Archive, error) {
	var a Archive
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		e, keep, err := pack(name, d)
		e.Path = filepath.ToSlash(rel)
		if keep {
			a.Entries = append(a.Entries, e)
		}
		return err
	})
	if err != nil {
		return Archive{}, fmt.Errorf("archive: %w", err)
	}
	a.Sort()
	return a, a.Check()
}

func pack(name string, d fs.DirEntry) (e Entry, keep bool, err error) {
	switch {
	case d.IsDir():
		inside, err := os.ReadDir(name)
		return Entry{Dir: true}, len(inside) == 0, err
	case d.Type() == fs.ModeSymlink:
		target, err := os.Readlink(name)
		return Entry{Target: target}, true, err
	}
	info, err := d.Info()
	if err != nil {
		return Entry{}, false, err
	}
	data, err := os.ReadFile(name)
	return Entry{Mode: info.Mode().Perm(), Data: data}, true, err
}
