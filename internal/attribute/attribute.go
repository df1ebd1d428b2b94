// Package attribute reads and writes sysfs attributes from other processes, with
// a deadline.
//
// A driver's unbind, and pciback's bind, may wait in the kernel for ever, in a
// sleep that no signal ends. So may a mere read of driver_override meanwhile,
// since it takes the same lock. A process with such a thread cannot exit, and
// its parent (a shell, systemd) waits with it. So other processes make these
// calls, and this one can end without them. They also hold the run's journal:
// while one of its writes waits, the next run sees that the journal is held.
//
// On amd64 and arm64 such a process is a clone that runs no Go code
// (clone_amd64.s). Elsewhere it is this program, started again (exec.go).
package attribute

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrEnded is the error of requests whose process was killed.
var ErrEnded = errors.New("the process that accesses attributes has ended")

// ErrNotServed is the error of Start in a program whose main function does not
// call Serve first. Only architectures on which the program is started again
// know it: such a program would start itself without end.
var ErrNotServed = errors.New("the program's main function must call Serve first")

// Access is a way to attributes that never waits longer than its timeout. It
// may be shared between goroutines: requests run side by side. Errors are
// *sysfs.AttrError with the kernel's errno, or *HangError.
type Access interface {
	// Read returns an attribute without the newline at its end.
	Read(ctx context.Context, name string) (string, error)
	// Write carries value to an attribute with one write(2).
	Write(ctx context.Context, name, value string) error
	// Hold keeps a shared lock on a file, named like an attribute, until Close,
	// and longer if a request that was made after it still waits then.
	Hold(ctx context.Context, name string) error
	// Close ends the access. It does not wait for requests that hang.
	Close() error
}

// HangError is a read or a write that did not return within its time.
type HangError struct {
	Op    string // "read" or "write"
	Path  string
	Value string // of a write
	PID   int    // the process that waits
	After time.Duration
}

// Error says what waits, where, for how long and how to see whether it ended.
func (e *HangError) Error() string {
	what := e.Op
	if e.Value != "" {
		what += fmt.Sprintf(" %q", e.Value)
	}
	return fmt.Sprintf("%s: %s: still waiting in the kernel after %s (process %d)", e.Path, what, e.After, e.PID)
}

// Unwrap makes errors.Is(err, context.DeadlineExceeded) hold.
func (e *HangError) Unwrap() error { return context.DeadlineExceeded }

// interruptGrace is what a write in flight gets to end by itself after the
// command was interrupted: most need a tenth of a second, slow drivers two.
const interruptGrace = 5 * time.Second

// answer is the result of one request.
type answer struct {
	value string
	err   error
}

// await returns the answer to one request, or a *HangError when there is none in
// time. An interrupt shortens the time but does not abandon the write at once.
func await(ctx context.Context, answers <-chan answer, timeout time.Duration, hang *HangError) (string, error) {
	start := time.Now()
	end := start.Add(timeout)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	interrupted := ctx.Done()
	for {
		select {
		case a := <-answers:
			return a.value, a.err
		case <-interrupted:
			interrupted = nil
			timer.Reset(min(interruptGrace, time.Until(end)))
		case <-timer.C:
			hang.After = time.Since(start).Round(time.Millisecond)
			return "", hang
		}
	}
}
