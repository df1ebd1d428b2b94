package boot

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// foldersFile names the folders that were made for the layers' files, one a
// line. Without it nobody could tell an empty folder that a package brought
// (/etc/modprobe.d) from one that is to go with the last file in it.
const foldersFile = "/var/lib/xenpci/folders"

// noteFolders notes the folders that these changes are going to make, before
// they do: a power cut leaves a note too many, and not one too few.
func noteFolders(f sysfs.FS, changes []Change) error {
	noted, err := notedFolders(f)
	if err != nil {
		return err
	}
	before := len(noted)
	state := false // whether something comes to be below /var/lib/xenpci
	for _, c := range changes {
		state = state || !c.Ours
		if c.New.Exists && !c.Old.Exists {
			noted = missingFolders(f, noted, c.Path)
		}
	}
	if state || len(noted) > before {
		noted = missingFolders(f, noted, foldersFile)
	}
	if len(noted) == before {
		return nil
	}
	return writeFolders(f, noted)
}

// missingFolders adds the folders of a path that are not there.
func missingFolders(f sysfs.FS, noted []string, name string) []string {
	for dir := path.Dir(name); dir != "/" && !f.Exists(dir); dir = path.Dir(dir) {
		if !slices.Contains(noted, dir) {
			noted = append(noted, dir)
		}
	}
	return noted
}

func notedFolders(f sysfs.FS) ([]string, error) {
	content, _, err := etc.Read(f, foldersFile)
	if err != nil {
		return nil, err
	}
	// A line that is no path was not written here.
	return slices.DeleteFunc(strings.Split(string(content), "\n"), func(line string) bool {
		return !strings.HasPrefix(line, "/") || path.Clean(line) != line || line == "/"
	}), nil
}

func writeFolders(f sysfs.FS, noted []string) error {
	return etc.Replace(f, foldersFile, []byte(strings.Join(noted, "\n")+"\n"), etc.Options{NoBackup: true})
}

// dropFolders removes those noted folders that are empty. One in which others
// have put something is theirs from then on, once the layers are gone.
func dropFolders(f sysfs.FS, gone bool) error {
	noted, err := notedFolders(f)
	if err != nil || len(noted) == 0 {
		return err
	}
	// What is within another comes first.
	slices.SortFunc(noted, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var stay, state []string
	for _, dir := range noted {
		if strings.HasPrefix(foldersFile, dir+"/") {
			state = append(state, dir)
			continue
		}
		switch err := etc.RemoveFolder(f, dir); {
		case err == nil, errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR): // it is no folder of ours
		case gone && errors.Is(err, syscall.ENOTEMPTY):
		default:
			stay = append(stay, dir)
		}
	}
	if !gone || len(stay) > 0 || !aloneThere(f, foldersFile) && len(state) > 0 {
		return writeFolders(f, append(stay, state...))
	}
	if err := etc.Remove(f, foldersFile); err != nil {
		return err
	}
	for _, dir := range state {
		if etc.RemoveFolder(f, dir) != nil {
			break // others use it
		}
	}
	return nil
}

// aloneThere says whether a file is the only one in its folder.
func aloneThere(f sysfs.FS, name string) bool {
	entries, err := f.List(path.Dir(name))
	return err == nil && len(entries) == 1
}
