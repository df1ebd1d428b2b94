//go:build amd64 || arm64

package attribute

import (
	"bytes"
	"math"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Bounds of one line.
const (
	mostSteps = 16
	dataSize  = 64 << 10 // bytes
)

// page is what a worker and this process share: the steps of one line, and the
// bytes that they point to. It lies outside of Go's heap and holds addresses,
// not pointers. Between a line's start and its last answer only the worker
// writes to it.
type page struct {
	socket uintptr // the worker's descriptor of its socket
	count  uintptr // of the steps
	token  uintptr // its first byte is what goes through the socket
	steps  [mostSteps]step
	data   [dataSize]byte // paths, values, and what is read
}

// step is one system call with three arguments. With a path, the worker opens
// that before and closes it afterwards, and the first argument is its
// descriptor.
type step struct {
	path       uintptr // address of a string that ends with a zero byte, or 0
	flags      uintptr // of openat(2)
	descriptor int     // the first argument, or what openat(2) returned
	call       uintptr // the number of the system call
	data       uintptr // the second argument
	length     uintptr // the third argument
	least      int     // a smaller result is a failure, after which the line ends
	result     int     // of the call
}

// The values of step.least and step.result that are no result of a call.
const (
	anyResult = math.MinInt
	noResult  = math.MinInt
)

// Numbers that the assembly takes from here.
const (
	sysRead       = unix.SYS_READ
	sysWrite      = unix.SYS_WRITE
	sysOpenat     = unix.SYS_OPENAT
	sysClose      = unix.SYS_CLOSE
	sysClone      = unix.SYS_CLONE
	sysExitGroup  = unix.SYS_EXIT_GROUP
	sysSignalMask = unix.SYS_RT_SIGPROCMASK
	fromDirectory = unix.AT_FDCWD
	interrupted   = -int(unix.EINTR)
	setMask       = 2 // SIG_SETMASK
	maskSize      = 8 // bytes of a kernel's sigset_t
)

// set makes steps the next line. There are at most mostSteps.
func (p *page) set(steps []step) {
	p.count = uintptr(copy(p.steps[:], steps))
}

// load makes requests the next line.
func (p *page) load(line []request) error {
	if len(line) > mostSteps {
		return syscall.E2BIG
	}
	steps := make([]step, len(line))
	room := p.data[:]
	for i, q := range line {
		if strings.IndexByte(q.path, 0) >= 0 {
			return syscall.EINVAL
		}
		length := len(q.value)
		if q.op == opRead {
			length = sysfs.AttributeLimit
		}
		if len(room) <= len(q.path)+1+length {
			return syscall.E2BIG
		}
		path, data := room, room[len(q.path)+1:]
		path[copy(path, q.path)] = 0
		copy(data, q.value)
		steps[i] = step{
			path: address(path), flags: unix.O_WRONLY | unix.O_CLOEXEC,
			call: sysWrite, data: address(data), length: uintptr(length),
			least: length, result: noResult,
		}
		if q.op == opRead {
			steps[i].flags, steps[i].call, steps[i].least = unix.O_RDONLY|unix.O_CLOEXEC, sysRead, 0
		}
		room = data[length:]
	}
	p.set(steps)
	return nil
}

// address is where the first byte of a part of a page is.
func address(part []byte) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(part)))
}

// answer returns the result of step i.
func (p *page) answer(i int) answer {
	s := &p.steps[i]
	if s.path != 0 && s.descriptor < 0 {
		return answer{err: &refusal{"open", syscall.Errno(-s.descriptor)}}
	}
	op := opWrite
	if s.call == sysRead {
		op = opRead
	}
	switch {
	case s.result < s.least && s.result < 0:
		return answer{err: &refusal{op, syscall.Errno(-s.result)}}
	case s.result < s.least:
		return answer{err: &refusal{op, syscall.EIO}} // a short write
	case op == opRead:
		start := s.data - address(p.data[:])
		content := p.data[start : start+uintptr(s.result)]
		return answer{value: string(bytes.TrimSuffix(content, []byte{'\n'}))}
	}
	return answer{}
}
