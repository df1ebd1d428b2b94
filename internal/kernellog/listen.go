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

// About returns the last lines of the kernel that have the address of a device. One of them may
// tell what a driver has called the device, and then the lines that follow under that name are
// among them, until another device has the name: "nvme nvme1: pci function 0000:02:00.1",
// "nvme nvme1: Device not ready".
func (l Listener) About(a pci.Address) (heard []string) {
	if !l.open {
		return nil
	}
	record := make([]byte, maxRecord)
	named := map[string]bool{} // what the device is called
	for range maxListen {
		n, err := syscall.Read(l.fd, record)
		if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.EPIPE) {
			continue
		}
		if err != nil || n == 0 {
			break
		}
		_, _, text, ok := parseRecord(string(record[:n]))
		if !ok {
			continue
		}
		about := addresses(text)
		name, isName := called(text)
		if isName && len(about) > 0 {
			named[name] = slices.Contains(about, a)
		}
		if isName && named[name] || slices.Contains(about, a) {
			heard = append(heard, text[:min(len(text), maxHeardLine)])
		}
	}
	return heard[max(len(heard)-maxHeard, 0):]
}

// addresses returns the PCI addresses in a line. "10000:00:09.0" is one, and has no "0000:00:09.0".
func addresses(text string) (all []pci.Address) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef:.", r) }) {
		if a, ok := pci.ParseName(strings.Trim(word, ":.")); ok {
			all = append(all, a)
		}
	}
	return all
}

// called returns what a line of the kernel begins with if that is a driver and a name that is no
// address: "nvme nvme1".
func called(text string) (name string, ok bool) {
	name, _, ok = strings.Cut(text, ": ")
	if !ok || len(strings.Fields(name)) != 2 || strings.Contains(name, ":") {
		return "", false
	}
	return name, true
}

// Close ends listening.
func (l Listener) Close() {
	if l.open {
		syscall.Close(l.fd)
	}
}
