package hypervisor

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Hypercalls, as xen.h numbers them.
const (
	callVersion = 17 // __HYPERVISOR_xen_version
	callSysctl  = 35 // __HYPERVISOR_sysctl
)

// The memory that is shared with Xen: a request, and what Xen reads from or writes to.
const (
	dataOffset = 4 << 10
	dataSize   = 64 << 10
)

// Running is an open connection to the running Xen. Goroutines may share it: calls take
// turns. Nothing that it asks changes anything in Xen.
type Running struct {
	mu     sync.Mutex
	xen    xen
	sysctl *hypercall.Versions
}

// xen is what makes hypercalls. hypercall.Xen does.
type xen interface {
	Memory() []byte
	Address(offset int) uint64
	Call(op uint64, args ...uint64) (uint64, syscall.Errno)
	Close() error
}

// OpenRunning connects to the Xen that runs this machine. The error is or wraps
// hypercall.ErrAbsent if there is none, or fs is not the machine's own root.
func OpenRunning(fs sysfs.FS) (*Running, error) {
	x, err := hypercall.Open(fs, dataOffset+dataSize)
	if err != nil {
		return nil, err
	}
	return &Running{xen: x, sysctl: hypercall.Likeliest(sysctlVersions(), RunningMinor(fs))}, nil
}

// Close ends the connection. Nothing may be asked afterwards.
func (r *Running) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.xen.Close()
}

// Commands of xen_version, which has no interface version (version.h).
const (
	versionNumbers     = 0 // XENVER_version: major << 16 | minor
	versionExtra       = 1 // XENVER_extraversion: char[16]
	versionCommandLine = 9 // XENVER_commandline: char[1024]

	extraLimit       = 16
	commandLineLimit = 1024
)

// denied is what xen_version writes in place of a text that Xen's security policy keeps
// from the caller (xen_deny).
const denied = "<denied>"

// ErrDenied means that Xen's security policy forbids the question.
var ErrDenied = errors.New("Xen's security policy forbids the question")

// Version returns the version that the running Xen gives itself. The error wraps a
// syscall.Errno or ErrDenied.
func (r *Running) Version() (Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	numbers, errno := r.xen.Call(callVersion, versionNumbers)
	if errno != 0 {
		return Version{}, fmt.Errorf("xen_version: %w", errno)
	}
	extra, err := r.text(versionExtra, extraLimit)
	if err != nil {
		return Version{}, err
	}
	return Version{Major: int(numbers >> 16), Minor: int(numbers & 0xffff), Extra: extra}, nil
}

// CommandLine returns the command line of the running Xen, as Xen keeps it: at most
// 1023 bytes. After GRUB's multiboot2 it begins with "placeholder". The error wraps a
// syscall.Errno or ErrDenied.
func (r *Running) CommandLine() (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text(versionCommandLine, commandLineLimit)
}

// text returns what xen_version writes for a command, up to the first NUL.
func (r *Running) text(command uint64, limit int) (string, error) {
	data := r.xen.Memory()[dataOffset:][:limit]
	clear(data)
	if _, errno := r.xen.Call(callVersion, command, r.xen.Address(dataOffset)); errno != 0 {
		return "", fmt.Errorf("xen_version: %w", errno)
	}
	if end := bytes.IndexByte(data, 0); end >= 0 {
		data = data[:end]
	}
	if string(data) == denied {
		return "", ErrDenied
	}
	return string(data), nil
}
