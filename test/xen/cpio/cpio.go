// Package cpio writes archives in the "new ASCII" format that the Linux kernel
// unpacks as its initramfs (Documentation/driver-api/early-userspace/
// buffer-format.rst). Everything belongs to root, whoever builds the archive,
// and archives may simply be put one behind the other.
package cpio

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// The file types of the mode field, as in stat(2).
const (
	typeDirectory = 0o040000
	typeRegular   = 0o100000
	typeLink      = 0o120000
)

// trailer is the name of the entry that ends an archive.
const trailer = "TRAILER!!!"

// Writer writes one archive. It makes the directories above an entry by
// itself. It is not to be shared between goroutines.
type Writer struct {
	w       io.Writer
	written map[string]bool
	inode   int
}

// NewWriter returns a writer of an archive to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, written: map[string]bool{}}
}

// Directory adds the directory name, relative to the root, and those above it.
// One that is there already is left alone.
func (w *Writer) Directory(name string) error {
	if name == "" || name == "." || w.written[name] {
		return nil
	}
	if err := w.above(name); err != nil {
		return err
	}
	return w.entry(name, typeDirectory|0o755, nil)
}

// File adds a regular file.
func (w *Writer) File(name string, perm fs.FileMode, content []byte) error {
	if err := w.above(name); err != nil {
		return err
	}
	return w.entry(name, typeRegular|uint32(perm.Perm()), content)
}

// Link adds a symbolic link to target.
func (w *Writer) Link(name, target string) error {
	if err := w.above(name); err != nil {
		return err
	}
	return w.entry(name, typeLink|0o777, []byte(target))
}

// Close ends the archive; the writer below stays open.
func (w *Writer) Close() error {
	return w.entry(trailer, 0, nil)
}

// Has reports whether an entry of that name was written.
func (w *Writer) Has(name string) bool { return w.written[name] }

func (w *Writer) above(name string) error {
	end := strings.LastIndexByte(name, '/')
	if end < 0 {
		return nil
	}
	return w.Directory(name[:end])
}

// entry writes one header, its name and its content, each padded to four
// bytes.
func (w *Writer) entry(name string, mode uint32, content []byte) error {
	w.written[name] = true
	w.inode++
	links := 1
	if mode&typeDirectory != 0 && mode&typeRegular != typeRegular {
		links = 2
	}
	const owner, group, modified, device = 0, 0, 0, 0
	header := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		w.inode, mode, owner, group, links, modified, len(content),
		device, device, device, device, len(name)+1, 0)
	if err := w.padded([]byte(header + name + "\x00")); err != nil {
		return fmt.Errorf("cpio entry %s: %w", name, err)
	}
	if err := w.padded(content); err != nil {
		return fmt.Errorf("cpio entry %s: %w", name, err)
	}
	return nil
}

func (w *Writer) padded(b []byte) error {
	if _, err := w.w.Write(b); err != nil {
		return err
	}
	if short := -len(b) & 3; short > 0 {
		_, err := w.w.Write(make([]byte, short))
		return err
	}
	return nil
}
