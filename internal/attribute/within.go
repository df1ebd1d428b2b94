package attribute

import (
	"context"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Remote is an Access through workers. It may be shared between goroutines.
type Remote struct {
	workers *Workers
	fs      sysfs.FS
	timeout time.Duration
}

// Within returns an Access to the attributes below fs that waits for no request
// longer than timeout. Closing it closes the workers.
func (ws *Workers) Within(fs sysfs.FS, timeout time.Duration) *Remote {
	return &Remote{workers: ws, fs: fs, timeout: timeout}
}

// Read has a worker read the attribute name.
func (r *Remote) Read(ctx context.Context, name string) (string, error) {
	value, _, err := r.ask(ctx, request{op: opRead, path: name})
	return value, err
}

// Write has a worker carry value to name and waits for the result.
func (r *Remote) Write(ctx context.Context, name, value string) error {
	_, _, err := r.ask(ctx, request{op: opWrite, path: name, value: value})
	return err
}

// WriteInOrder has a worker carry each value to the name at its place, one after
// another, and stop at the first that fails: done is how many went well, and the
// error is that of the next. It saves a round trip a write.
func (r *Remote) WriteInOrder(ctx context.Context, names, values []string) (done int, err error) {
	requests := make([]request, len(names))
	for i := range names {
		requests[i] = request{op: opWrite, path: names[i], value: values[i]}
	}
	_, done, err = r.ask(ctx, requests...)
	return done, err
}

// Hold locks the file name for this process and for the workers that carry
// requests out from now on.
func (r *Remote) Hold(ctx context.Context, name string) error {
	if err := r.workers.hold(ctx, r.timeout, r.fs.Path(name)); err != nil {
		return request{op: opHold, path: name}.failed(err)
	}
	return nil
}

// Close closes the workers.
func (r *Remote) Close() error { return r.workers.Close() }

// ask returns the value of the last request, or the error of the first that
// failed and how many went well before it.
func (r *Remote) ask(ctx context.Context, requests ...request) (value string, done int, err error) {
	if len(requests) == 0 {
		return "", 0, nil
	}
	line := make([]request, len(requests))
	for i, q := range requests {
		q.path = r.fs.Path(q.path)
		line[i] = q
	}
	pid, answers, err := r.workers.send(line)
	if err != nil {
		return "", 0, requests[0].failed(err)
	}
	for i, q := range requests {
		hang := &HangError{Op: q.op, Path: q.path, Value: q.value, PID: pid}
		if value, err = await(ctx, answers, r.timeout, hang); err != nil {
			return "", i, q.failed(err)
		}
	}
	return value, len(requests), nil
}
