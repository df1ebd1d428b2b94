package boot

import (
	"bytes"
	"io/fs"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// mark is the line at the top of each file that is xenpci's alone, unless the file
// has one of its own.
const mark = brand.Mark + " boot. 'xenpci boot disable' removes it.\n"

// marked is a text with the mark at its top, behind a script's first line.
func marked(text []byte) []byte {
	if brand.Owns(text) {
		return text
	}
	first := 0
	if bytes.HasPrefix(text, []byte("#!")) {
		first = bytes.IndexByte(text, '\n') + 1
	}
	return []byte(string(text[:first]) + mark + string(text[first:]))
}

// whole is the change of a file that is ours alone. Somebody else's is left where
// it is, and is a *change.ForeignError if ours is to be there.
func whole(f sysfs.FS, path string, content []byte, mode fs.FileMode, on bool) (change.Change, error) {
	var want change.State
	if on {
		want = change.State{Exists: true, Content: marked(content), Mode: mode}
	}
	return change.Now(f).Whole(path, want, brand.Owns)
}

// wholes are the changes of shipped files.
func wholes(f sysfs.FS, files []initscript.File, on bool) ([]change.Change, error) {
	var changes []change.Change
	for _, file := range files {
		c, err := whole(f, file.Path, []byte(file.Text), file.Mode, on)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// hiding is the kind of the lines that are written here into files of others.
const hiding change.Kind = "hiding"

// edited is the change of a file that others write too. A file that is not there
// is not made. With on false the edit takes out what is ours. The edit's errors
// name the file.
func edited(f sysfs.FS, path string, on bool, edit func(old []byte) ([]byte, error)) (change.Change, error) {
	return change.Now(f).Edit(hiding, path, on, edit)
}
