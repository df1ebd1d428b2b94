package attribute

import (
	"context"
	"os"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Direct is an Access within this process: each request has a goroutine that is
// given up when it does not return in time. It is for trees that no kernel
// stands behind: a process with a thread that hangs in the kernel cannot exit.
type Direct struct {
	fs      sysfs.FS
	write   func(name, value string) error
	timeout time.Duration
}

// NewDirect returns an Access to the tree fs that writes by calling write.
func NewDirect(fs sysfs.FS, write func(name, value string) error, timeout time.Duration) *Direct {
	return &Direct{fs: fs, write: write, timeout: timeout}
}

// Read returns an attribute.
func (d *Direct) Read(_ context.Context, name string) (string, error) {
	return d.fs.Attribute(name)
}

// Write calls the function and waits for it, up to the timeout.
func (d *Direct) Write(ctx context.Context, name, value string) error {
	done := make(chan answer, 1)
	go func() { done <- answer{err: d.write(name, value)} }()
	_, err := await(ctx, done, d.timeout, &HangError{Op: "write", Path: name, Value: value, PID: os.Getpid()})
	return err
}

// Hold does nothing: what this process holds ends with it.
func (d *Direct) Hold(context.Context, string) error { return nil }

// Close does nothing.
func (d *Direct) Close() error { return nil }
