package fakekernel

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// hidden is the directory for state that a real kernel does not show.
const hidden = "/.fakekernel"

// tree is the machine's files. Names are absolute, without the root. The first failure of
// the underlying file system is kept in err, and later calls do nothing, so that callers
// need no error handling.
type tree struct {
	root string
	err  error

	// change, if set, is called before every change. If it returns an error, the
	// process "dies" there: nothing more is changed.
	change func() error
}

// may reports whether a change may still be made.
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

// exists reports whether name exists. It does not follow a link with that name.
func (t *tree) exists(name string) bool {
	_, err := os.Lstat(t.path(name))
	return err == nil
}

// read returns the content of name, "" if it does not exist.
func (t *tree) read(name string) string {
	data, err := os.ReadFile(t.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.keep(err)
	}
	return string(data)
}

// attribute returns the content of name without the newline at its end.
func (t *tree) attribute(name string) string { return strings.TrimSuffix(t.read(name), "\n") }

// lines returns the lines of name, none if it does not exist.
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

// set replaces the content of name and keeps its mode. Readers see either the old or the new
// content.
func (t *tree) set(name, content string) {
	mode := fs.FileMode(0o644)
	if info, err := os.Lstat(t.path(name)); err == nil {
		mode = info.Mode().Perm()
	}
	t.create(name, mode, content)
}

// create is like set for a file that may not exist.
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

// append adds text to the end of a file.
func (t *tree) append(name, text string) {
	if !t.may() {
		return
	}
	t.keep(os.MkdirAll(t.path(path.Dir(name)), 0o755))
	file, err := os.OpenFile(t.path(name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.keep(err)
		return
	}
	_, err = file.WriteString(text)
	t.keep(errors.Join(err, file.Close()))
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

// target returns the absolute name of the target of the link name, without following further
// links; "" if there is no such link.
func (t *tree) target(name string) string {
	to, err := os.Readlink(t.path(name))
	if err != nil {
		return ""
	}
	return path.Join(path.Dir(name), to)
}

// names returns the sorted names in the directory name, none if it does not exist.
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

// move renames a file or directory. If it does not exist, it has been moved before.
func (t *tree) move(from, to string) {
	if t.err != nil || !t.exists(from) {
		return
	}
	t.mkdir(path.Dir(to))
	if t.may() {
		t.keep(os.Rename(t.path(from), t.path(to)))
	}
}
