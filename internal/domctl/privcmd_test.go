package domctl

import (
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHypercallPage: without /dev/xen/hypercall there is a locked page.
func TestHypercallPage(t *testing.T) {
	page, err := hypercallPage(filepath.Join(t.TempDir(), "hypercall"))
	if err != nil {
		t.Fatal(err)
	}
	page[0], page[len(page)-1] = 1, 1
	if len(page) < requestSize {
		t.Errorf("%d bytes", len(page))
	}
	if err := unix.Munmap(page); err != nil {
		t.Error(err)
	}
}

// TestIoctlNumber: IOCTL_PRIVCMD_HYPERCALL as a C compiler computes it from
// the kernel's uapi/xen/privcmd.h on x86-64 and arm64.
func TestIoctlNumber(t *testing.T) {
	if hypercallIoctl != 0x305000 {
		t.Errorf("%#x", hypercallIoctl)
	}
}

// TestIoctlErrno: the errno of the ioctl comes back, here that of a file that
// knows no hypercalls.
func TestIoctlErrno(t *testing.T) {
	fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	page, err := hypercallPage(filepath.Join(t.TempDir(), "hypercall"))
	if err != nil {
		t.Fatal(err)
	}
	p := &privcmd{fd: fd, page: page}
	if errno := p.domctl(request{cmd: cmdGetDomainInfo}.encode(0x15)); errno != syscall.ENOTTY {
		t.Errorf("%v", errno)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
}
