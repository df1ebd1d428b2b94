// Package program runs one program of the system, by its arguments and never
// by a shell, with a deadline.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// maxOutput bounds what is kept of what a program prints, in bytes.
const maxOutput = 16 << 10

// searchPath is where programs of the system are looked for: a service or a
// cron job may have no sbin in its PATH.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Error is a program that failed.
type Error struct {
	Args   []string // as it was called
	Output string   // what it said on both outputs, trimmed
	Err    error    // *exec.ExitError, exec.ErrNotFound, context.DeadlineExceeded or the context's cause
}

// Error gives the call, what the program said, and the cause.
func (e *Error) Error() string {
	text := strings.Join(e.Args, " ") + ": "
	if e.Output != "" {
		text += e.Output + ": "
	}
	return text + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Run runs the program args[0] with the other args and waits for it, up to
// timeout. A program that does not end by then is killed, and given up even if
// the kernel keeps it (a module's init may never return).
func Run(ctx context.Context, timeout time.Duration, args ...string) error {
	return run(ctx, timeout, args, func(*exec.Cmd) {}, func(p *os.Process) { _ = p.Kill() })
}

// run runs a program that is started as prepare has it, and stopped by stop
// where it has not ended when its time is over.
func run(ctx context.Context, timeout time.Duration, args []string, prepare func(*exec.Cmd), stop func(*os.Process)) error {
	path, err := find(args[0])
	if err != nil {
		return &Error{Args: args, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out := &limited{}
	cmd := exec.Command(path, args[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+searchPath, "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = out, out
	prepare(cmd)
	if err := cmd.Start(); err != nil {
		return &Error{Args: args, Err: err}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
		if err != nil {
			return &Error{Args: args, Output: out.String(), Err: err}
		}
		return nil
	case <-ctx.Done():
		stop(cmd.Process)
		err := context.Cause(ctx) // which signal it was
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("not done after %s: %w", timeout, err)
		}
		return &Error{Args: args, Err: err}
	}
}

// find looks for a program in the system's directories.
func find(name string) (string, error) {
	for dir := range strings.SplitSeq(searchPath, ":") {
		path := dir + "/" + name
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w in %s", exec.ErrNotFound, searchPath)
}

// limited keeps the first bytes written to it.
type limited struct{ buf bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.buf.Write(p[:min(len(p), maxOutput-l.buf.Len())])
	return len(p), nil
}

// String is the output as one line.
func (l *limited) String() string {
	return strings.Join(strings.Fields(l.buf.String()), " ")
}
