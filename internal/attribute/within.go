package attribute

import (
	"context"
	"errors"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Remote is an Access through a Process. It may be shared between goroutines.
type Remote struct {
	process *Process
	fs      sysfs.FS
	timeout time.Duration
}

// Within returns an Access to the attributes below fs that waits for no request
// longer than timeout. Closing it ends the process.
func (p *Process) Within(fs sysfs.FS, timeout time.Duration) *Remote {
	return &Remote{process: p, fs: fs, timeout: timeout}
}

// Read asks the child for the attribute name.
func (r *Remote) Read(ctx context.Context, name string) (string, error) {
	value, _, err := r.ask(ctx, request{op: "read", path: name})
	return value, err
}

// Write asks the child to carry value to name and waits for its answer.
func (r *Remote) Write(ctx context.Context, name, value string) error {
	_, _, err := r.ask(ctx, request{op: "write", path: name, value: value})
	return err
}

// WriteInOrder asks the child to carry each value to the name at its place, one
// after another, and to stop at the first that fails: done is how many went
// well, and the error is that of the next. It saves a round trip a write.
func (r *Remote) WriteInOrder(ctx context.Context, names, values []string) (done int, err error) {
	requests := make([]request, len(names))
	for i := range names {
		requests[i] = request{op: "write", path: names[i], value: values[i]}
	}
	_, done, err = r.ask(ctx, requests...)
	return done, err
}

// Hold lets the child lock the file name.
func (r *Remote) Hold(ctx context.Context, name string) error {
	_, _, err := r.ask(ctx, request{op: "hold", path: name})
	return err
}

// Close lets the child end.
func (r *Remote) Close() error { return r.process.Close() }

// ask returns the value of the last request, or the error of the first that
// failed and how many went well before it.
func (r *Remote) ask(ctx context.Context, requests ...request) (value string, done int, err error) {
	sent := make([]request, len(requests))
	for i, q := range requests {
		q.path = r.fs.Path(q.path)
		sent[i] = q
	}
	pending, err := r.process.send(sent)
	if err != nil {
		return "", 0, requests[0].failed(err)
	}
	for i, q := range requests {
		hang := &HangError{Op: q.op, Path: q.path, Value: q.value, PID: r.process.cmd.Process.Pid}
		if value, err = await(ctx, pending[i], r.timeout, hang); err != nil {
			r.process.giveUp(sent[i:])
			return "", i, q.failed(err)
		}
	}
	return value, len(requests), nil
}

// failed makes the error of a request from what the child, or the wait for it,
// ended with.
func (q request) failed(err error) error {
	var (
		hang    *HangError
		refused *refusal
	)
	switch {
	case errors.As(err, &hang):
		return hang
	case errors.As(err, &refused):
		return &sysfs.AttrError{Op: refused.op, Path: q.path, Value: q.value, Err: refused.errno}
	}
	return &sysfs.AttrError{Op: q.op, Path: q.path, Value: q.value, Err: err}
}
