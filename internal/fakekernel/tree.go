package fakekernel

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// hidden is where the tree keeps what a real kernel shows nowhere.
const hidden = "/.fakekernel"

// tree is the machine's files. Names are absolute, without the root. The first
// failure of the underlying file system is kept in err and everything after it
// does nothing, so that the state machine reads without error handling.
type tree struct {
	root string
	err  error

	// change, where it is set, is asked before every change: its error is what
	// a process finds that dies there.
	change func() error
}

// may says whether a change is still to be made.
func (t *tree) may() bool {
	if t.err == nil && t.change != nil {
		t.err = t.change()
	}
	return t.err == nil
}

func (t *tree) path(name string) string { return filepath.Join(t.root, name) }

func (t *tree) keep(err error) {
	if t.err == nil {
		t.err = err
	}
}

// exists looks at name itself, not at what it links to.
func (t *tree) exists(name string) bool {
	_, err := os.Lstat(t.path(name))
	return err == nil
}

// read returns the content of name, "" when it is not there.
func (t *tree) read(name string) string {
	data, err := os.ReadFile(t.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.keep(err)
	}
	return string(data)
}

// attribute is read without the newline at the end.
func (t *tree) attribute(name string) string { return strings.TrimSuffix(t.read(name), "\n") }

// lines are the lines of name, none when it is not there.
func (t *tree) lines(name string) []string {
	var lines []string
	for line := range strings.Lines(t.read(name)) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

func (t *tree) setLines(name string, lines []string) {
	content := ""
	if len(lines) > 0 {
		content = strings.Join(lines, "\n") + "\n"
	}
	t.set(name, content)
}

// set gives name a new content and keeps its mode. Readers see the old content
// or the new one, never a part.
func (t *tree) set(name, content string) {
	mode := fs.FileMode(0o644)
	if info, err := os.Lstat(t.path(name)); err == nil {
		mode = info.Mode().Perm()
	}
	t.create(name, mode, content)
}

// create is set for a file that may be new.
func (t *tree) create(name string, mode fs.FileMode, content string) {
	if !t.may() {
		return
	}
	fresh := t.path(hidden + "/fresh")
	t.keep(os.WriteFile(fresh, []byte(content), 0o600))
	t.keep(os.Chmod(fresh, mode))
	t.keep(os.MkdirAll(t.path(path.Dir(name)), 0o755))
	if t.err == nil {
		t.keep(os.Rename(fresh, t.path(name)))
	}
}

func (t *tree) mkdir(name string) {
	if t.may() {
		t.keep(os.MkdirAll(t.path(name), 0o755))
	}
}

// link makes name a relative symbolic link to target, an absolute name.
func (t *tree) link(name, target string) {
	rel, err := filepath.Rel(path.Dir(name), target)
	t.keep(err)
	t.symlink(name, rel)
}

// symlink makes name a symbolic link with the text target.
func (t *tree) symlink(name, target string) {
	t.mkdir(path.Dir(name))
	if !t.may() {
		return
	}
	if err := os.Symlink(target, t.path(name)); !errors.Is(err, fs.ErrExist) {
		t.keep(err)
	}
}

// target is the absolute name that the link name leads to in one step, "" when
// there is no such link.
func (t *tree) target(name string) string {
	to, err := os.Readlink(t.path(name))
	if err != nil {
		return ""
	}
	return path.Join(path.Dir(name), to)
}

// names lists the directory name in order, nothing when it is not there.
func (t *tree) names(name string) []string {
	entries, err := os.ReadDir(t.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.keep(err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (t *tree) remove(name string) {
	if t.may() {
		t.keep(os.RemoveAll(t.path(name)))
	}
}

// move renames a file or directory; one that is not there has been moved
// before.
func (t *tree) move(from, to string) {
	if t.err != nil || !t.exists(from) {
		return
	}
	t.mkdir(path.Dir(to))
	if t.may() {
		t.keep(os.Rename(t.path(from), t.path(to)))
	}
}
