//go:build amd64 || arm64

package attribute

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// worker is a process that shares this one's memory and runs nothing but the
// loop in clone_amd64.s. It ends when this process has closed its end of the
// socket, or has ended. One goroutine uses it at a time.
type worker struct {
	pid    int
	socket *os.File
	page   *page
	memory []byte // a page that cannot be accessed, the stack, and then page
	held   []int  // descriptors that it keeps, beside its socket
	tidied bool   // it has closed all others
	reaped bool
}

// clone starts a worker with the page p and a stack that ends at the address
// stack. It returns the worker's process id, or a negative errno.
//
//go:noescape
func clone(p *page, stack, flags uintptr) (result int)

// startWorker clones a worker that keeps the descriptors held.
func startWorker(held []int) (*worker, error) {
	w := &worker{}
	err := w.mapMemory()
	if err == nil {
		err = w.start(held)
	}
	if err != nil {
		_ = unix.Munmap(w.memory)
		return nil, fmt.Errorf("process for attributes: %w", err)
	}
	return w, nil
}

// mapMemory makes the page and the stack. A worker that hangs keeps them.
func (w *worker) mapMemory() error {
	size := os.Getpagesize()
	below := 2 * size
	var err error
	w.memory, err = unix.Mmap(-1, 0, below+int(unsafe.Sizeof(page{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	w.page = (*page)(unsafe.Pointer(&w.memory[below]))
	return unix.Mprotect(w.memory[:size], unix.PROT_NONE)
}

// start clones the worker. The first line is in the page by then, so that it
// does not wait while it still holds this process's end of the socket: that
// would keep it from noticing that this process has ended.
func (w *worker) start(held []int) error {
	// Held until the clone is made, so that no worker can have the socket of one
	// that has not been cloned yet.
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	ours, theirs := ends[0], ends[1]
	w.held = held
	w.page.socket = uintptr(theirs)
	w.page.set(firstLine(ours, w.keeps()))
	// The low byte of the flags is the signal that the end of a child sends: none,
	// so that programs that wait for any child do not meet this one.
	pid := clone(w.page, uintptr(unsafe.Pointer(w.page)), unix.CLONE_VM)
	unix.Close(theirs)
	if pid < 0 {
		unix.Close(ours)
		return fmt.Errorf("clone: %w", syscall.Errno(-pid))
	}
	w.pid = pid
	_ = unix.SetNonblock(ours, true) // for the runtime's poller; F_SETFL of a socket cannot fail
	w.socket = os.NewFile(uintptr(ours), "socket")
	return nil
}

// carryOut has the worker carry the requests out, and returns whether it can
// take more. After the first that fails there are no answers.
func (w *worker) carryOut(line []request, answers chan<- answer) (usable bool) {
	if err := w.tidy(); err != nil {
		answers <- answer{err: err}
		return false
	}
	if err := w.page.load(line); err != nil {
		answers <- answer{err: err}
		return true
	}
	if err := w.begin(); err != nil {
		answers <- answer{err: err}
		return false
	}
	for i := range line {
		if err := w.wait(); err != nil {
			answers <- answer{err: err}
			return false
		}
		a := w.page.answer(i)
		answers <- a
		if a.err != nil {
			break
		}
	}
	return true
}

// begin lets the worker carry out the line that is in the page.
func (w *worker) begin() error {
	var token [1]byte
	if _, err := w.socket.Write(token[:]); err != nil {
		return ErrEnded
	}
	return nil
}

// wait waits for the worker's next answer.
func (w *worker) wait() error {
	var token [1]byte
	if n, err := w.socket.Read(token[:]); n != 1 || err != nil {
		return ErrEnded
	}
	return nil
}

// killed reports whether somebody has killed the worker while it was idle.
func (w *worker) killed() bool {
	pid, err := unix.Wait4(w.pid, nil, unix.WNOHANG|unix.WALL, nil)
	w.reaped = pid == w.pid || errors.Is(err, unix.ECHILD)
	return w.reaped
}

// end lets the worker end, waits for that, and gives its memory back.
func (w *worker) end() {
	w.socket.Close()
	for !w.reaped {
		_, err := unix.Wait4(w.pid, nil, unix.WALL, nil)
		w.reaped = !errors.Is(err, unix.EINTR)
	}
	_ = unix.Munmap(w.memory)
}
