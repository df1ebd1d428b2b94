// Package program runs a program of the system with a deadline. It passes the
// arguments directly and never uses a shell.
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

	"github.com/xenpci/xenpci/internal/interrupt"
)

// maxOutput bounds how much of a program's output is kept, in bytes.
const maxOutput = 16 << 10

// searchPath is where programs are looked for: the PATH of a service or a cron job
// may have no sbin.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Error reports a program that failed.
type Error struct {
	Args   []string // the program and its arguments
	Output string   // its output and error output, on one line
	Err    error    // *exec.ExitError, exec.ErrNotFound, context.DeadlineExceeded or the context's cause
}

// Error returns the command line, the program's output, and the cause.
func (e *Error) Error() string {
	text := strings.Join(e.Args, " ") + ": "
	if e.Output != "" {
		text += e.Output + ": "
	}
	return text + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Run runs the program args[0] with the other args and waits for it, at most for
// timeout. It kills a program that takes longer, and does not wait for its end: the
// kernel may keep it (a module's init may never return). The error is an *Error.
func Run(ctx context.Context, timeout time.Duration, args ...string) error {
	return run(ctx, timeout, args, func(*exec.Cmd) {}, func(p *os.Process) { _ = p.Kill() })
}

// run runs a program. prepare changes the command before it is started; stop ends
// the process after the timeout or the end of ctx.
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
		err := interrupt.Err(ctx) // names the signal
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("not finished after %s: %w", timeout, err)
		}
		return &Error{Args: args, Err: err}
	}
}

// find returns the path of a program in searchPath; an absolute name is a path already.
func find(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return name, nil
	}
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

// String returns the output on one line.
func (l *limited) String() string {
	return strings.Join(strings.Fields(l.buf.String()), " ")
}
