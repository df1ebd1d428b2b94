// Package hypercall makes hypercalls from a process, through the kernel's device
// /dev/xen/privcmd, and finds the version of an interface that Xen accepts.
//
// It knows no interface of Xen: internal/domctl and internal/hypervisor do.
package hypercall

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const (
	// privcmdDevice is the device through which processes make hypercalls
	// (drivers/xen/privcmd.c).
	privcmdDevice = "/dev/xen/privcmd"
	// memoryDevice provides memory that Xen can access at any time (Linux
	// 4.18, drivers/xen/privcmd-buf.c).
	memoryDevice = "/dev/xen/hypercall"
	// ioctl is IOCTL_PRIVCMD_HYPERCALL of uapi/xen/privcmd.h:
	// _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall)).
	ioctl = 48<<16 | 'P'<<8
	// gsiIoctl is IOCTL_PRIVCMD_PCIDEV_GET_GSI of the same header:
	// _IOC(_IOC_NONE, 'P', 10, sizeof(struct privcmd_pcidev_get_gsi)).
	gsiIoctl = 8<<16 | 'P'<<8 | 10
)

// ErrAbsent means that there is no hypervisor, or no access to it.
var ErrAbsent = errors.New("no hypervisor")

// Xen is an open connection to the hypervisor of this machine, with memory that both
// can access. Goroutines must not share it. A call cannot be interrupted; Xen answers
// at once or within its own time limits.
type Xen struct {
	fd     int
	memory []byte
}

// Open connects to the hypervisor of this machine, with at least size bytes of memory. The
// error is or wraps ErrAbsent if fs is not the machine's own root, the machine does
// not run under Xen, or the module xen-privcmd is not loaded.
func Open(fs sysfs.FS, size int) (*Xen, error) {
	if !fs.Real() {
		return nil, fmt.Errorf("%s: %w: a tree below another root has no running Xen", privcmdDevice, ErrAbsent)
	}
	path := fs.Path(privcmdDevice)
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENXIO):
		return nil, fmt.Errorf("%s: %w: this is not a Xen dom0, or the module xen-privcmd is not loaded", privcmdDevice, ErrAbsent)
	case err != nil:
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	memory, err := sharedMemory(fs.Path(memoryDevice), size)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &Xen{fd: fd, memory: memory}, nil
}

// sharedMemory maps pages that the kernel does not move. If it moved a page between
// two of Xen's accesses, Xen would return EFAULT. Without memoryDevice the pages are
// locked memory, which the kernel hardly ever moves.
func sharedMemory(device string, size int) ([]byte, error) {
	page := os.Getpagesize()
	size = (size + page - 1) / page * page
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		memory, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err == nil {
			return memory, nil
		}
	}
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_LOCKED)
	if err != nil {
		return nil, &os.PathError{Op: "map memory for", Path: device, Err: err}
	}
	// A child process would share the pages copy-on-write, and a copy moves them.
	if err := unix.Madvise(memory, unix.MADV_DONTFORK); err != nil {
		return nil, errors.Join(&os.PathError{Op: "map memory for", Path: device, Err: err}, unix.Munmap(memory))
	}
	return memory, nil
}

// Memory returns the memory that Xen can access. It is valid until Close.
func (x *Xen) Memory() []byte { return x.memory }

// Address returns the address of Memory()[offset], for arguments and requests.
func (x *Xen) Address(offset int) uint64 {
	return uint64(uintptr(unsafe.Pointer(&x.memory[offset])))
}

// request is struct privcmd_hypercall.
type request struct {
	op  uint64
	arg [5]uint64
}

// Call makes the hypercall op (__HYPERVISOR_* of xen.h) with at most 5 arguments, and
// returns Xen's answer, which is not negative, or its errno.
func (x *Xen) Call(op uint64, args ...uint64) (uint64, syscall.Errno) {
	r := request{op: op}
	copy(r.arg[:], args)
	answer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(x.fd), ioctl, uintptr(unsafe.Pointer(&r)))
	runtime.KeepAlive(x)
	if errno != 0 {
		return 0, errno
	}
	return uint64(answer), 0
}

// GSI returns the global system interrupt of a PCI device that pciback has, whose address is
// as in Xen's interfaces: domain, bus, slot, function. Only a PVH dom0's kernel answers, and
// only one that sets this interrupt up when pciback takes the device; others return ENOTTY or
// EINVAL, and ENODEV for a device that pciback has not.
func (x *Xen) GSI(sbdf uint32) (uint32, syscall.Errno) {
	r := struct{ sbdf, gsi uint32 }{sbdf: sbdf}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(x.fd), gsiIoctl, uintptr(unsafe.Pointer(&r)))
	return r.gsi, errno
}

// Close frees the memory and closes the device.
func (x *Xen) Close() error {
	return errors.Join(unix.Munmap(x.memory), unix.Close(x.fd))
}
