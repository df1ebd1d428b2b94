package change

import (
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// withFolders notes the folders that are going to be made for a file, and the
// file in those that were made before.
func (all notes) withFolders(f sysfs.FS, file string) notes {
	for dir := path.Dir(file); dir != "/"; dir = path.Dir(dir) {
		made := slices.ContainsFunc(all, func(n note) bool { return n.folder == dir })
		if made || !f.Exists(dir) {
			all = all.with(note{folder: dir, file: file})
		}
	}
	return all
}

// withoutFolders removes the noted folders that are empty, and returns the notes
// without them. A folder in which others have put something is theirs once none
// of our files is left in it, nor one that a killed process was writing. A folder that stays although it is empty does no
// harm, so that failing to remove one is no error.
func (all notes) withoutFolders(f sysfs.FS) notes {
	var folders []string
	for _, n := range all {
		if n.kind == "" && n.file != notesFile && !slices.Contains(folders, n.folder) {
			folders = append(folders, n.folder)
		}
	}
	slices.SortStableFunc(folders, func(a, b string) int { return len(b) - len(a) }) // the inner ones first
	for _, dir := range folders {
		err := etc.RemoveFolder(f, dir)
		all = all.without(func(n note) bool {
			switch {
			case n.folder != dir:
				return false
			case err == nil, errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR): // it is not ours any more
				return true
			}
			return errors.Is(err, syscall.ENOTEMPTY) && !present(f, n.file) && !present(f, etc.Unfinished(n.file))
		})
	}
	return all
}

// present reports whether there is a file or a link at a path.
func present(f sysfs.FS, name string) bool {
	s, err := at(f, name)
	return err != nil || s.Exists
}

// finish writes the notes, or removes them, with the folders that were made for
// them, where nothing else is noted.
func (all notes) finish(f sysfs.FS, old notes) error {
	own := func(n note) bool { return n.file == notesFile }
	rest := all.without(own)
	if len(rest) > 0 || len(all) > 0 && !aloneInFolder(f, notesFile) {
		return all.write(f, old)
	}
	if len(old) == 0 && !f.Exists(notesFile) {
		return etc.Sweep(f, notesFile)
	}
	if err := etc.Remove(f, notesFile); err != nil {
		return err
	}
	dir := path.Dir(notesFile)
	for slices.ContainsFunc(all, func(n note) bool { return n.folder == dir }) && etc.RemoveFolder(f, dir) == nil {
		dir = path.Dir(dir)
	}
	return nil
}

// aloneInFolder reports whether a file is the only one in its folder.
func aloneInFolder(f sysfs.FS, name string) bool {
	entries, err := f.List(path.Dir(name))
	return err == nil && len(entries) == 1 && strings.HasSuffix(name, "/"+entries[0])
}
