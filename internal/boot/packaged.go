package boot

import (
	"bytes"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// packageFolders are where a package installs what a layer would write into the folder of
// an administrator. A file that is in none of these folders is installed by a package where
// the layer would write it.
func packageFolders() []struct{ own, packages string } {
	return []struct{ own, packages string }{
		{"/etc/systemd/system/", "/usr/lib/systemd/system/"},
		{"/etc/systemd/system/", "/lib/systemd/system/"},
		{"/etc/initramfs-tools/", "/usr/share/initramfs-tools/"},
		{"/etc/initcpio/", "/usr/lib/initcpio/"},
	}
}

// packaged returns where a package has installed a shipped file: with the content that a
// layer would write, the path of the program included. It returns "" where none has; then the
// layer writes the file, and takes it out again.
func packaged(f sysfs.FS, file initscript.File) string {
	if places := packagedAt(f, file); len(places) > 0 {
		return places[0]
	}
	return ""
}

// packagedAt returns all names of that file: /lib is often a link to /usr/lib, and systemctl
// writes either.
func packagedAt(f sysfs.FS, file initscript.File) (found []string) {
	places := []string{file.Path}
	for _, folder := range packageFolders() {
		if name, found := strings.CutPrefix(file.Path, folder.own); found {
			places = append(places, folder.packages+name)
		}
	}
	for _, place := range places {
		content, exists, err := etc.Read(f, place)
		if err == nil && exists && !brand.Owns(content) && bytes.Equal(content, unmarked([]byte(file.Text))) {
			found = append(found, place)
		}
	}
	return found
}

// unmarked returns a text without the line that a layer has put at its top.
func unmarked(text []byte) []byte {
	before := 0
	if bytes.HasPrefix(text, []byte("#!")) {
		before = bytes.IndexByte(text, '\n') + 1
	}
	rest := text[before:]
	if !bytes.HasPrefix(rest, []byte(brand.Mark)) {
		return text
	}
	_, after, _ := bytes.Cut(rest, []byte("\n"))
	return append(bytes.Clone(text[:before]), after...)
}

// placed returns the files with the paths that they are used from.
func placed(f sysfs.FS, files []initscript.File) []initscript.File {
	used := make([]initscript.File, len(files))
	for i, file := range files {
		used[i] = file
		if place := packaged(f, file); place != "" {
			used[i].Path = place
		}
	}
	return used
}

// linkOf plans a link to one of the files. One that is there may lead to the layer's own copy
// or to a package's, whichever there was when it was made.
func linkOf(f sysfs.FS, files []initscript.File, l initscript.Link, on bool) (change.Change, error) {
	old, err := change.Now(f).At(l.Path)
	if err != nil {
		return change.Change{}, err
	}
	leads := change.Leads(l.Path, old.Target)
	one := func(file initscript.File) bool {
		return leads == file.Path || slices.Contains(packagedAt(f, file), leads)
	}
	if old.Target == "" || leads == change.Leads(l.Path, l.Target) || !slices.ContainsFunc(files, one) {
		return change.Now(f).Link(l.Path, l.Target, on)
	}
	c := change.Change{Path: l.Path, Ours: true, Old: old}
	if on {
		c.New = change.State{Exists: true, Target: l.Target}
	}
	return c, nil
}
