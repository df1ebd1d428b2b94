package boot

import (
	"bytes"
	"io/fs"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// mark is the line at the top of each file that is ours alone, unless the file has
// a line of its own that begins with brand.Mark.
const mark = brand.Mark + " boot. 'xenpci boot disable' removes it.\n"

// marked returns a text with the mark at its top, after the first line of a script.
func marked(text []byte) []byte { return markedBy(mark, text) }

// markedBy is marked with another mark.
func markedBy(mark string, text []byte) []byte {
	if brand.Owns(text) {
		return text
	}
	first := 0
	if bytes.HasPrefix(text, []byte("#!")) {
		first = bytes.IndexByte(text, '\n') + 1
	}
	return []byte(string(text[:first]) + mark + string(text[first:]))
}

// whole plans a file that is ours alone. A file of somebody else's stays, and is a
// *change.ForeignError if ours is to be there.
func whole(f sysfs.FS, path string, content []byte, mode fs.FileMode, on bool) (change.Change, error) {
	var want change.State
	if on {
		want = change.State{Exists: true, Content: marked(content), Mode: mode}
	}
	return change.Now(f).Whole(path, want, brand.Owns)
}

// wholes plans shipped files. What a package has installed is used as it is, without a copy of
// the layer's own.
func wholes(f sysfs.FS, files []initscript.File, on bool) ([]change.Change, error) {
	var changes []change.Change
	for _, file := range files {
		place := packaged(f, file)
		if place == file.Path {
			continue
		}
		c, err := whole(f, file.Path, []byte(file.Text), file.Mode, on && place == "")
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// edited plans an edit of a file that others write too, or with on false that our
// lines are removed. A file that is not there is not made. The errors of edit have
// to name the file.
func edited(f sysfs.FS, path string, on bool, edit func(old []byte) ([]byte, error)) (change.Change, error) {
	return change.Now(f).Edit(brand.Hiding, path, on, edit)
}
