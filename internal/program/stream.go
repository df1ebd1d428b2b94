package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// IsNotFound reports whether err means that the program is not installed.
func IsNotFound(err error) bool { return errors.Is(err, exec.ErrNotFound) }

// Output is the standard output of a running program. It must not be shared
// between goroutines.
type Output struct {
	args    []string
	timeout time.Duration
	ctx     context.Context
	cancel  context.CancelFunc
	stdout  *os.File
	stderr  *limited
	ended   chan error
	err     error // the result of further calls of Read
}

// Stream starts the program args[0] with the other args. in is its standard input,
// and its standard output is read from the Output. Neither is buffered beyond the
// pipes, so the caller must bound what it reads.
//
// A program that runs longer than timeout is killed, and abandoned if the kernel
// keeps it. A goroutine reads in; it has ended when Read has returned io.EOF. The
// error is an *Error.
func Stream(ctx context.Context, timeout time.Duration, in io.Reader, args ...string) (*Output, error) {
	path, err := find(args[0])
	if err != nil {
		return nil, &Error{Args: args, Err: err}
	}
	stdout, write, err := os.Pipe()
	if err != nil {
		return nil, &Error{Args: args, Err: err}
	}
	o := &Output{args: args, timeout: timeout, stdout: stdout, stderr: &limited{}, ended: make(chan error, 1)}
	cmd := exec.Command(path, args[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+searchPath, "LC_ALL=C")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, write, o.stderr
	err = cmd.Start()
	_ = write.Close()
	if err != nil {
		_ = stdout.Close()
		return nil, &Error{Args: args, Err: err}
	}
	o.ctx, o.cancel = context.WithTimeout(ctx, timeout)
	context.AfterFunc(o.ctx, func() {
		_ = cmd.Process.Kill()
		_ = stdout.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
	})
	go func() { o.ended <- cmd.Wait() }()
	return o, nil
}

// Read implements io.Reader. It returns io.EOF after the output of a program that
// succeeded, and an *Error after the output of one that failed.
func (o *Output) Read(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.stdout.Read(p)
	if err == nil {
		return n, nil
	}
	o.err = o.end(err)
	return n, o.err
}

// end returns the program's result after its output has ended.
func (o *Output) end(cause error) error {
	if errors.Is(cause, io.EOF) {
		select {
		case err := <-o.ended:
			if err == nil {
				return io.EOF
			}
			if o.ctx.Err() == nil {
				return &Error{Args: o.args, Output: o.stderr.String(), Err: err}
			}
		case <-o.ctx.Done():
		}
	}
	if err := o.ctx.Err(); err != nil {
		cause = err
	}
	if errors.Is(cause, context.DeadlineExceeded) {
		cause = fmt.Errorf("not finished after %s: %w", o.timeout, cause)
	}
	return &Error{Args: o.args, Err: cause}
}

// Close kills the program if it still runs, and closes the pipe.
func (o *Output) Close() error {
	o.cancel()
	if o.err == nil {
		o.err = &Error{Args: o.args, Err: os.ErrClosed}
	}
	return o.stdout.Close()
}
