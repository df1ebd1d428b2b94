//go:build amd64 || arm64

package attribute

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// mostWorkers is how many workers a Process has at once, including those that
// hang. The engine moves 32 devices at a time.
const mostWorkers = 256

// mostHeld is how many files a Process holds. A run holds one, its journal.
const mostHeld = 8

// errBusy is the error of a request when all workers are at work.
var errBusy = errors.New("too many requests wait in the kernel")

// Process has other processes access attributes. It may be shared between
// goroutines.
type Process struct {
	mu     sync.Mutex
	idle   []*worker
	count  int   // all workers
	held   []int // descriptors of the locked files
	closed bool
}

// Serve does nothing here. A program that is to run on other architectures too
// calls it first in main.
func Serve() {}

// Start returns a Process. It clones a worker when a request needs one.
func Start() (*Process, error) { return &Process{}, nil }

// send hands a line of requests to one worker, which carries them out in their
// order and stops at the first that fails. The answers come in that order; pid
// is the worker's.
func (p *Process) send(line []request) (pid int, answers <-chan answer, err error) {
	w, err := p.take()
	if err != nil {
		return 0, nil, err
	}
	pid = w.pid
	answered := make(chan answer, len(line)) // nobody may be waiting any more
	go func() { p.giveBack(w, w.carryOut(line, answered)) }()
	return pid, answered, nil
}

// take returns an idle worker, or else a new one.
func (p *Process) take() (*worker, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrEnded
	}
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		w := p.idle[last]
		p.idle = p.idle[:last]
		if !w.killed() {
			return w, nil
		}
		p.count--
		w.end()
	}
	if p.count == mostWorkers {
		return nil, errBusy
	}
	w, err := startWorker(p.held)
	if err != nil {
		return nil, err
	}
	p.count++
	return w, nil
}

// giveBack makes a worker idle, or ends it where it can do no more, is no longer
// needed, or does not hold all that is held by now.
func (p *Process) giveBack(w *worker, usable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if usable && !p.closed && w.holds(p.held) {
		p.idle = append(p.idle, w)
		return
	}
	p.count--
	go w.end()
}

// hold locks the file path. Workers that are started later share the lock, and
// idle ones are replaced by such.
func (p *Process) hold(_ context.Context, _ time.Duration, path string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return ErrEnded
	case len(p.held) == mostHeld:
		return &refusal{opHold, syscall.EMFILE}
	}
	descriptor, err := lock(path)
	if err != nil {
		return err
	}
	p.held = append(p.held, descriptor)
	p.endIdle()
	return nil
}

// Close ends the idle workers, and lets go of the locked files. Other workers
// end, and let go of the files, when their requests return; Close does not wait
// for that.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.endIdle()
	var errs []error
	for _, descriptor := range p.held {
		errs = append(errs, unix.Close(descriptor))
	}
	p.held = nil
	return errors.Join(errs...)
}

func (p *Process) endIdle() {
	p.count -= len(p.idle)
	for _, w := range p.idle {
		go w.end()
	}
	p.idle = nil
}
