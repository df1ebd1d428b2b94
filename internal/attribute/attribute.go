// Package attribute reads and writes sysfs attributes from a process of its own.
//
// A driver's unbind, and pciback's bind, may wait in the kernel for ever, in a
// sleep that no signal ends; so may a mere read of driver_override meanwhile,
// since it takes the same lock. A process with such a thread cannot exit:
// whoever waits for it (a shell, systemd) hangs with it. So the command starts
// a child for them, asks it over a pipe, and can go away without it. The child
// holds the run's journal too: as long as one of its writes waits, the next run
// sees that the journal is held.
package attribute

import (
	"context"
	"fmt"
	"time"
)

// ProcessName is the name (argv[0]) that the child goes by. A program that
// calls Start must call Serve when it finds itself started by this name.
const ProcessName = "xenpci-attribute"

// Access is a way to attributes that never waits longer than its timeout. It
// may be shared between goroutines: what concerns different devices goes on
// side by side. Errors are *sysfs.AttrError with the kernel's errno, or
// *HangError.
type Access interface {
	// Read returns an attribute without the newline at its end.
	Read(ctx context.Context, name string) (string, error)
	// Write carries value to an attribute with one write(2).
	Write(ctx context.Context, name, value string) error
	// Hold keeps a shared lock on a file, named like an attribute, for as long
	// as a request may be at work.
	Hold(ctx context.Context, name string) error
	// Close ends the access. It does not wait for what hangs.
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

// answer is what became of one request.
type answer struct {
	value string
	err   error
}

// await returns the answer to one request, or a *HangError when there is none in
// time. An interrupt shortens the time but does not abandon the write at once.
func await(ctx context.Context, answer <-chan answer, timeout time.Duration, hang *HangError) (string, error) {
	start := time.Now()
	end := start.Add(timeout)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	interrupted := ctx.Done()
	for {
		select {
		case a := <-answer:
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
