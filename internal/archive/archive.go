// Package archive stores a tree of files in one text: txtar extended with links,
// modes, directories and binary files.
//
// A Go module cannot contain a raw sysfs tree, because its zip file rejects ':' in
// names and drops symbolic links. It can contain a text archive, and changes to that
// are readable. Each entry begins with a marker line:
//
//	-- proc/cmdline --                            a text file
//	-- sys/bus/pci/rescan (0200) --               the same with its mode
//	-- sys/devices/.../config (hex) --            bytes, as hex digits
//	-- sys/bus/pci/slots/ --                      a directory
//	-- sys/devices/.../driver -> ../../bus/x --   a symbolic link
//
// The default mode is 0444 below sys or proc, and 0644 elsewhere. The text before
// the first marker is a comment.
package archive

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// SizeLimit is the size of the largest archive that is read or written, in bytes. A
// machine with 4096 PCI functions takes a fifth of it.
const SizeLimit = 64 << 20

// Archive is the content of a text archive.
type Archive struct {
	Comment string
	Entries []Entry
}

// Entry is a file, link or directory. A link has a Target, a directory has Dir, and a
// file has neither; its Data may be empty.
type Entry struct {
	Path   string      // relative and clean: "sys/bus/pci/rescan"
	Mode   fs.FileMode // permission bits of a file; 0 for links and directories
	Target string      // relative target of a symbolic link
	Dir    bool
	Data   []byte
}

// DefaultMode returns the mode of the file name if its marker has none.
func DefaultMode(name string) fs.FileMode {
	if strings.HasPrefix(name, "sys/") || strings.HasPrefix(name, "proc/") {
		return 0o444
	}
	return 0o644
}

// Sort sorts the entries by path, so that equal trees give equal archives.
func (a *Archive) Sort() {
	slices.SortFunc(a.Entries, func(x, y Entry) int { return cmp.Compare(x.Path, y.Path) })
}

// EntryError reports an entry that no tree can have.
type EntryError struct {
	Path   string
	Reason string
}

// Error returns the path and the reason.
func (e *EntryError) Error() string { return fmt.Sprintf("archive: %q: %s", e.Path, e.Reason) }

// Check returns an *EntryError for an entry that would leave the tree, or that the
// text form cannot represent.
func (a Archive) Check() error {
	seen := make(map[string]bool, len(a.Entries))
	for _, e := range a.Entries {
		if reason := e.fault(); reason != "" {
			return &EntryError{Path: e.Path, Reason: reason}
		}
		if _, twice := seen[e.Path]; twice {
			return &EntryError{Path: e.Path, Reason: "appears twice"}
		}
		seen[e.Path] = e.Dir
	}
	for _, e := range a.Entries {
		for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
			if isDir, given := seen[dir]; given && !isDir {
				return &EntryError{Path: e.Path, Reason: "is below " + dir + ", which is not a directory"}
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

// local reports whether name is clean and does not leave its directory.
func local(name string) bool { return fs.ValidPath(name) }

// plain reports whether s is printable text on one line.
func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) < 0
}

// ambiguous reports whether a marker line with name would be parsed differently.
func ambiguous(name string) bool {
	return strings.TrimSpace(name) != name || strings.Contains(name, " ->") || strings.Contains(name, "-> ") ||
		strings.HasSuffix(name, ")") && strings.Contains(name, " (")
}
