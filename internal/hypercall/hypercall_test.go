package hypercall

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// TestSharedMemory: without /dev/xen/hypercall there are locked pages, as many as are
// needed.
func TestSharedMemory(t *testing.T) {
	page := os.Getpagesize()
	for size, want := range map[int]int{1: page, page: page, page + 1: 2 * page} {
		memory, err := sharedMemory(filepath.Join(t.TempDir(), "hypercall"), size)
		if err != nil {
			t.Fatal(err)
		}
		memory[0], memory[len(memory)-1] = 1, 1
		if len(memory) != want {
			t.Errorf("%d bytes for %d", len(memory), size)
		}
		if err := unix.Munmap(memory); err != nil {
			t.Error(err)
		}
	}
}

// TestIoctlNumber: IOCTL_PRIVCMD_HYPERCALL and IOCTL_PRIVCMD_PCIDEV_GET_GSI as a C compiler
// computes them from the kernel's uapi/xen/privcmd.h on x86-64 and arm64.
func TestIoctlNumber(t *testing.T) {
	if ioctl != 0x305000 || gsiIoctl != 0x8500a {
		t.Errorf("%#x, %#x", ioctl, gsiIoctl)
	}
}

// TestIoctlErrno: the errno of the ioctl comes back, here that of a file that
// knows no hypercalls.
func TestIoctlErrno(t *testing.T) {
	fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := sharedMemory(filepath.Join(t.TempDir(), "hypercall"), 1)
	if err != nil {
		t.Fatal(err)
	}
	x := &Xen{fd: fd, memory: memory}
	if answer, errno := x.Call(36, x.Address(0)); errno != syscall.ENOTTY || answer != 0 {
		t.Errorf("%d, %v", answer, errno)
	}
	if gsi, errno := x.GSI(0x48); errno != syscall.ENOTTY || gsi != 0 {
		t.Errorf("%d, %v", gsi, errno)
	}
	if x.Address(8)-x.Address(0) != 8 {
		t.Errorf("%#x and %#x", x.Address(0), x.Address(8))
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenAbsent(t *testing.T) {
	if _, err := Open(sysfs.New(t.TempDir()), 1); !errors.Is(err, ErrAbsent) {
		t.Errorf("another root: %v", err)
	}
	if _, err := os.Stat(privcmdDevice); err == nil {
		t.Skip("this machine runs under Xen; the rest of the test is for others")
	}
	if _, err := Open(sysfs.New("/"), 1); !errors.Is(err, ErrAbsent) || !strings.HasPrefix(err.Error(), "/dev/xen/privcmd: ") {
		t.Errorf("%v", err)
	}
}
