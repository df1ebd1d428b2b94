package fakekernel

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Write answers as sysfs.FS.Write on the real machine would: nil, or a
// *sysfs.AttrError whose cause is the errno. It may be called from several
// goroutines; one that hangs by a fault keeps no other waiting.
func (h *Host) Write(name, value string) error {
	if h.faultErr != nil {
		return &sysfs.AttrError{Op: "open", Path: name, Value: value, Err: h.faultErr}
	}
	fault, err := h.arm(name, value)
	if err != nil {
		return &sysfs.AttrError{Op: "open", Path: name, Value: value, Err: err}
	}
	op, err := h.answer(name, value, fault)
	h.note(name, value, err)
	if err != nil {
		return &sysfs.AttrError{Op: op, Path: name, Value: value, Err: err}
	}
	return nil
}

// answer opens the file, lets the fault happen before and after, and has the
// state machine handle the write. It says which of open and write failed.
func (h *Host) answer(name, value string, fault Fault) (op string, err error) {
	file, err := h.open(name)
	if err != nil {
		return "open", err
	}
	if err := h.before(fault, file, value); err != nil {
		return "write", err
	}
	err = h.locked(func(k *kernel) error { return k.write(file, value) })
	return "write", h.after(fault, err)
}

// open finds the file behind name, through links, and answers what open(2)
// for writing would. Root passes every permission check but sysfs's own: a
// file with no writer refuses even root.
func (h *Host) open(name string) (file string, err error) {
	real, err := filepath.EvalSymlinks(filepath.Join(h.Root, name))
	if err != nil {
		return "", cause(err)
	}
	info, err := os.Lstat(real)
	switch {
	case err != nil:
		return "", cause(err)
	case info.IsDir():
		return "", syscall.EISDIR
	case info.Mode()&0o222 == 0:
		return "", syscall.EACCES
	}
	root, err := filepath.EvalSymlinks(h.Root)
	if err != nil {
		return "", cause(err)
	}
	file, inside := strings.CutPrefix(real, root)
	if !inside || strings.HasPrefix(file, hidden+"/") {
		return "", syscall.ENOENT
	}
	return file, nil
}

// cause is the errno in err; a link that leads nowhere has none of its own.
func cause(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return syscall.ENOENT
}

func (h *Host) note(name, value string, err error) {
	var errno syscall.Errno
	errors.As(err, &errno)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes = append(h.writes, Written{Name: name, Value: value, Errno: errno})
}

// kernel is the machine's state while the lock is held. It lives as long as
// one effect.
type kernel struct {
	tree
}

// pending names the file that holds a write from before its effect until
// after it.
const pending = hidden + "/pending"

// write hands a write(2) of value to the attribute file, which is open
// already. What is handled goes into a file first: a process that is killed in
// the middle of an effect leaves it to the next one, since a kernel would have
// finished it.
func (k *kernel) write(file, value string) error {
	if value == "" {
		return nil // the handler is not called for no bytes at all
	}
	if !k.exists(file) {
		return syscall.ENODEV // it went between open and write
	}
	k.create(pending, 0o600, file+"\n"+value)
	err := k.store(file, value[:min(len(value), sysfs.AttributeLimit)])
	k.remove(pending)
	if err == nil && len(value) > sysfs.AttributeLimit {
		return syscall.EIO // what package sysfs makes of a short write
	}
	return err
}

// resume finishes the effect in whose middle a process died. Every effect may
// be made twice: it begins from what is still there, and the link or directory
// that decides comes last.
func (k *kernel) resume() {
	if !k.exists(pending) {
		return
	}
	file, value, _ := strings.Cut(k.read(pending), "\n")
	if k.exists(file) && value != "" {
		_ = k.store(file, value) // nobody waits for its answer any more
	}
	k.remove(pending)
}
