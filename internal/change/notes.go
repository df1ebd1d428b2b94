package change

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// notesFile has what the next process has to know. A line is one of
//
//	folder /etc/modprobe.d made for /etc/modprobe.d/xenpci.conf
//	file /etc/default/grub edited by hiding
//
// Without the first kind nobody could tell an empty folder that a package brought
// from one that is to go with the last file in it. Without the second, the kinds
// could not tell whose backup is whose, and lines that they added from lines that
// an administrator wrote. The file goes with its last line.
const notesFile = "/var/lib/xenpci/notes"

// note is one line: that a folder was made for a file, or that a file was edited
// by a kind.
type note struct {
	folder, file string
	kind         Kind // "" for a folder
}

func (n note) String() string {
	if n.kind == "" {
		return fmt.Sprintf("folder %s made for %s", n.folder, n.file)
	}
	return fmt.Sprintf("file %s edited by %s", n.file, n.kind)
}

// parseNote reads a line. A line of any other form was not written here.
func parseNote(line string) (note, bool) {
	if text, ok := strings.CutPrefix(line, "folder "); ok {
		folder, file, found := strings.Cut(text, " made for ")
		return note{folder: folder, file: file}, found && absolute(folder) && absolute(file)
	}
	text, ok := strings.CutPrefix(line, "file ")
	file, kind, found := strings.Cut(text, " edited by ")
	return note{file: file, kind: Kind(kind)}, ok && found && absolute(file) && kind != ""
}

func absolute(name string) bool { return len(name) > 1 && name[0] == '/' }

// notes are all of them, sorted and without repetition.
type notes []note

func readNotes(f sysfs.FS) (notes, error) {
	content, _, err := etc.Read(f, notesFile)
	var all notes
	for line := range bytes.Lines(content) {
		if n, ok := parseNote(strings.TrimRight(string(line), "\n")); ok {
			all = all.with(n)
		}
	}
	return all, err
}

func (all notes) with(n note) notes {
	at, found := slices.BinarySearchFunc(all, n, note.compare)
	if found {
		return all
	}
	return slices.Insert(slices.Clone(all), at, n)
}

func (all notes) without(gone func(note) bool) notes {
	return slices.DeleteFunc(slices.Clone(all), gone)
}

func (n note) compare(other note) int {
	return cmp.Or(cmp.Compare(n.kind, other.kind), cmp.Compare(n.folder, other.folder), cmp.Compare(n.file, other.file))
}

// write replaces the file, where it differs from old.
func (all notes) write(f sysfs.FS, old notes) error {
	if slices.Equal(all, old) {
		return nil
	}
	var text strings.Builder
	for _, n := range all {
		text.WriteString(n.String() + "\n")
	}
	return etc.Replace(f, notesFile, []byte(text.String()), etc.Options{NoBackup: true})
}

// edited reports whether a kind edited a file, which has no links in its path; of
// the kind "" whether any did.
func (all notes) edited(file string, kind Kind) bool {
	return slices.ContainsFunc(all, func(n note) bool {
		return n.file == file && n.kind != "" && (kind == "" || n.kind == kind)
	})
}
