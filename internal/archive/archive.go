// Package archive is a machine's files as one text: txtar with links, modes,
// directories and bytes.
//
// A raw sysfs tree cannot be published in a Go module, whose zip refuses ':' in
// a file name and drops symbolic links; one text archive a machine can, and a
// change to it can be read. Each entry begins with a marker line:
//
//	-- proc/cmdline --                            a text file
//	-- sys/bus/pci/rescan (0200) --               the same with its mode
//	-- sys/devices/.../config (hex) --            bytes, as hex digits
//	-- sys/bus/pci/slots/ --                      a directory
//	-- sys/devices/.../driver -> ../../bus/x --   a symbolic link
//
// Without a mode a file below sys or proc is 0444, any other 0644. What stands
// before the first marker is a comment.
package archive

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// SizeLimit is the size of the largest archive that is read or written, in
// bytes: a machine of 4096 PCI functions has a fifth of it.
const SizeLimit = 64 << 20

// Archive is the content of one text archive.
type Archive struct {
	Comment string
	Entries []Entry
}

// Entry is one file, link or directory. Exactly one of Data (which may be
// empty), Target and Dir is meant: a link has a Target, a directory Dir.
type Entry struct {
	Path   string      // relative and clean: "sys/bus/pci/rescan"
	Mode   fs.FileMode // permission bits of a file; 0 for links and directories
	Target string      // of a symbolic link, relative
	Dir    bool
	Data   []byte
}

// DefaultMode is the mode of the file name when its marker gives none.
func DefaultMode(name string) fs.FileMode {
	if strings.HasPrefix(name, "sys/") || strings.HasPrefix(name, "proc/") {
		return 0o444
	}
	return 0o644
}

// Sort puts the entries in order of their paths, so that equal trees give
// equal archives.
func (a *Archive) Sort() {
	slices.SortFunc(a.Entries, func(x, y Entry) int { return cmp.Compare(x.Path, y.Path) })
}

// EntryError is an entry that no tree can have.
type EntryError struct {
	Path   string
	Reason string
}

// Error names the path first.
func (e *EntryError) Error() string { return fmt.Sprintf("archive: %q: %s", e.Path, e.Reason) }

// Check refuses, as *EntryError, what would leave the tree or would not survive
// the text form.
func (a Archive) Check() error {
	seen := make(map[string]bool, len(a.Entries))
	for _, e := range a.Entries {
		if reason := e.fault(); reason != "" {
			return &EntryError{Path: e.Path, Reason: reason}
		}
		if _, twice := seen[e.Path]; twice {
			return &EntryError{Path: e.Path, Reason: "given twice"}
		}
		seen[e.Path] = e.Dir
	}
	for _, e := range a.Entries {
		for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
			if isDir, given := seen[dir]; given && !isDir {
				return &EntryError{Path: e.Path, Reason: "lies below " + dir + ", which is no directory"}
			}
		}
	}
	return nil
}

func (e Entry) fault() string {
	switch {
	case !local(e.Path) || e.Path == ".":
		return "not a clean path relative to the root"
	case !plain(e.Path) || ambiguous(e.Path):
		return "cannot be written as a marker line"
	case e.Mode&^fs.ModePerm != 0:
		return "has a mode beyond permission bits"
	case e.Target == "":
		return ""
	case !plain(e.Target) || ambiguous(e.Target):
		return "its target cannot be written as a marker line"
	case path.IsAbs(e.Target) || !local(path.Join(path.Dir(e.Path), e.Target)):
		return "its target leaves the tree"
	}
	return ""
}

// local says whether name is clean and stays below where it starts.
func local(name string) bool { return fs.ValidPath(name) }

// plain says whether s is printable text on one line.
func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) < 0
}

// ambiguous says whether a marker line would read name as something else.
func ambiguous(name string) bool {
	return strings.TrimSpace(name) != name || strings.Contains(name, " ->") || strings.Contains(name, "-> ") ||
		strings.HasSuffix(name, ")") && strings.Contains(name, " (")
}
