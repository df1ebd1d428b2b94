package kernellog

import (
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Bounds on what a Listener returns.
const (
	maxHeard     = 4    // lines, the last ones
	maxHeardLine = 200  // bytes
	maxListen    = 4096 // records
)

// Listener has what the kernel writes to its log after Listen. The zero value hears nothing.
// It must not be shared between goroutines.
type Listener struct {
	fd   int
	open bool
}

// Listen begins to listen at the end of /dev/kmsg. Where that cannot be read, it hears nothing.
func Listen(fsys sysfs.FS) Listener {
	fd, err := syscall.Open(fsys.Path(kmsg), syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return Listener{}
	}
	if _, err := syscall.Seek(fd, 0, io.SeekEnd); err != nil {
		syscall.Close(fd)
		return Listener{}
	}
	return Listener{fd, true}
}

// About returns the last lines of the kernel that have the address of a device, or that one of
// the drivers begins with its name: "nvme nvme0: Removing after probe failure status: -19".
func (l Listener) About(a pci.Address, drivers ...string) (heard []string) {
	if !l.open {
		return nil
	}
	record := make([]byte, maxRecord)
	for range maxListen {
		n, err := syscall.Read(l.fd, record)
		if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.EPIPE) {
			continue
		}
		if err != nil || n == 0 {
			break
		}
		if _, _, text, ok := parseRecord(string(record[:n])); ok && concerns(text, a, drivers) {
			heard = append(heard, text[:min(len(text), maxHeardLine)])
		}
	}
	return heard[max(len(heard)-maxHeard, 0):]
}

func concerns(text string, a pci.Address, drivers []string) bool {
	return strings.Contains(text, a.String()) || slices.ContainsFunc(drivers, func(driver string) bool { return strings.HasPrefix(text, driver+" ") })
}

// Close ends listening.
func (l Listener) Close() {
	if l.open {
		syscall.Close(l.fd)
	}
}
