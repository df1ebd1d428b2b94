package domctl

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const (
	// hypercallDevice provides memory that Xen can access at any time (Linux
	// 4.18, drivers/xen/privcmd-buf.c).
	hypercallDevice = "/dev/xen/hypercall"
	// hypercallIoctl is IOCTL_PRIVCMD_HYPERCALL of uapi/xen/privcmd.h:
	// _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall)).
	hypercallIoctl = 48<<16 | 'P'<<8
	// hypercallDomctl is __HYPERVISOR_domctl of xen.h.
	hypercallDomctl = 36
)

// privcmd is the open device, and a page that Xen reads and writes.
type privcmd struct {
	fd   int
	page []byte
}

// hypercall is struct privcmd_hypercall.
type hypercall struct {
	op  uint64
	arg [5]uint64
}

func openPrivcmd(fs sysfs.FS) (*privcmd, error) {
	path := fs.Path(privcmdDevice)
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	page, err := hypercallPage(fs.Path(hypercallDevice))
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &privcmd{fd: fd, page: page}, nil
}

// hypercallPage maps a page that the kernel does not move. If it moved the page
// between two of Xen's accesses, Xen would return EFAULT. Without hypercallDevice
// the page is locked memory, which the kernel hardly ever moves.
func hypercallPage(device string) ([]byte, error) {
	size := os.Getpagesize()
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		page, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err == nil {
			return page, nil
		}
	}
	page, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_LOCKED)
	if err != nil {
		return nil, &os.PathError{Op: "map a page for", Path: device, Err: err}
	}
	// A child process would share the page copy-on-write, and a copy moves it.
	if err := unix.Madvise(page, unix.MADV_DONTFORK); err != nil {
		return nil, errors.Join(&os.PathError{Op: "map a page for", Path: device, Err: err}, unix.Munmap(page))
	}
	return page, nil
}

// domctl passes request to Xen and copies the answer back into it.
func (p *privcmd) domctl(request []byte) syscall.Errno {
	copy(p.page, request)
	call := hypercall{op: hypercallDomctl}
	call.arg[0] = uint64(uintptr(unsafe.Pointer(&p.page[0])))
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(p.fd), hypercallIoctl, uintptr(unsafe.Pointer(&call)))
	runtime.KeepAlive(p)
	copy(request, p.page)
	return errno
}

func (p *privcmd) close() error {
	return errors.Join(unix.Munmap(p.page), unix.Close(p.fd))
}
