package fakekernel

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Write returns what sysfs.FS.Write would return on the real machine: nil, or a
// *sysfs.AttrError whose cause is the errno. It may be called from several goroutines; a
// write that hangs because of a fault does not block others.
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

// answer opens the file and makes the write, with the effects of the fault before and after.
// op is the operation that failed, open or write.
func (h *Host) answer(name, value string, fault Fault) (op string, err error) {
	file, err := h.open(name)
	if err != nil {
		return "open", err
	}
	if err := h.before(fault, file, value); err != nil {
		return "write", err
	}
	err = h.locked(func(k *kernel) error { return k.write(file, value) })
	return "write", h.after(fault, value, err)
}

// open returns the file that name leads to through links, or the error of open(2) for
// writing. Root passes every permission check except that of sysfs: nobody can open a file
// without write permission for writing.
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

// cause returns the errno in err; for a dangling link there is none, and it is ENOENT.
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

// kernel is the machine's state while the lock is held, which is for one effect.
type kernel struct {
	tree
}

// pending is the file that has the current write during its effect.
const pending = hidden + "/pending"

// write makes a write(2) of value to the attribute file, which is open already. It records
// the write in a file first: a real kernel completes a write even if the process is killed,
// so the next process completes it here.
func (k *kernel) write(file, value string) error {
	if value == "" {
		return nil // the kernel does not call the handler for 0 bytes
	}
	if !k.exists(file) {
		return syscall.ENODEV // it was removed between open and write
	}
	k.create(pending, 0o600, file+"\n"+value)
	err := k.store(file, value[:min(len(value), sysfs.AttributeLimit)])
	k.remove(pending)
	if err == nil && len(value) > sysfs.AttributeLimit {
		return syscall.EIO // what package sysfs returns for a short write
	}
	return err
}

// resume completes the effect during which a process died. Every effect is repeatable: it
// continues from the remaining state, and the authoritative link or directory comes last.
func (k *kernel) resume() {
	if !k.exists(pending) {
		return
	}
	file, value, _ := strings.Cut(k.read(pending), "\n")
	if k.exists(file) && value != "" {
		_ = k.store(file, value) // its process is dead, so the result does not matter
	}
	k.remove(pending)
}
