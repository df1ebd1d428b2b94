//go:build amd64 || arm64

package attribute

import (
	"context"
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// mostWorkers bounds the workers, including those that hang. The engine moves 32
// devices at a time.
const mostWorkers = 256

// mostHeld bounds the files that workers hold. A run holds one, its journal.
const mostHeld = 8

// errBusy is the error of a request when all workers are at work.
var errBusy = errors.New("too many requests wait in the kernel")

// Workers are the processes that access attributes for this one. They may be
// shared between goroutines.
type Workers struct {
	mu     sync.Mutex
	idle   []*worker
	count  int   // of all workers, idle or not
	held   []int // descriptors of the locked files
	closed bool
}

// Serve does nothing here. A program that is to run on other architectures too
// calls it first in main.
func Serve() {}

// Start returns workers. Each is cloned when a request needs it.
func Start() (*Workers, error) { return &Workers{}, nil }

// send hands a line of requests to one worker, which carries them out in their
// order and stops at the first that fails. The answers come in that order; pid
// is the worker's.
func (ws *Workers) send(line []request) (pid int, answers <-chan answer, err error) {
	w, err := ws.take()
	if err != nil {
		return 0, nil, err
	}
	pid = w.pid
	answered := make(chan answer, len(line)) // nobody may be waiting any more
	go func() { ws.giveBack(w, w.carryOut(line, answered)) }()
	return pid, answered, nil
}

// take returns an idle worker, or else a new one.
func (ws *Workers) take() (*worker, error) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		return nil, ErrEnded
	}
	for len(ws.idle) > 0 {
		last := len(ws.idle) - 1
		w := ws.idle[last]
		ws.idle = ws.idle[:last]
		if !w.killed() {
			return w, nil
		}
		ws.count--
		w.end()
	}
	if ws.count == mostWorkers {
		return nil, errBusy
	}
	w, err := startWorker(ws.held)
	if err != nil {
		return nil, err
	}
	ws.count++
	return w, nil
}

// giveBack makes a worker idle, or ends it where it can do no more, is no longer
// needed, or does not hold all that is held by now.
func (ws *Workers) giveBack(w *worker, usable bool) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if usable && !ws.closed && slices.Equal(w.held, ws.held) {
		ws.idle = append(ws.idle, w)
		return
	}
	ws.count--
	go w.end()
}

// hold locks the file path. Workers that are started later share the lock, and
// idle ones are replaced by such.
func (ws *Workers) hold(_ context.Context, _ time.Duration, path string) error {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	switch {
	case ws.closed:
		return ErrEnded
	case len(ws.held) == mostHeld:
		return &refusal{opHold, syscall.EMFILE}
	}
	descriptor, err := lock(path)
	if err != nil {
		return err
	}
	ws.held = append(ws.held, descriptor)
	ws.endIdle()
	return nil
}

// Close ends the idle workers, and lets go of the locked files. Other workers
// end, and let go of the files, when their requests return; Close does not wait
// for that.
func (ws *Workers) Close() error {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	ws.endIdle()
	var errs []error
	for _, descriptor := range ws.held {
		errs = append(errs, unix.Close(descriptor))
	}
	ws.held = nil
	return errors.Join(errs...)
}

func (ws *Workers) endIdle() {
	ws.count -= len(ws.idle)
	for _, w := range ws.idle {
		go w.end()
	}
	ws.idle = nil
}
