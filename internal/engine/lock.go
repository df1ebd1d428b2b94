package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/interrupt"
)

// lockFile is what commands take turns by at the devices, and bootLockFile at the
// declared list and what is made of it for the next boot. That may take minutes,
// in which devices can be hidden anyway. The locks are the kernel's
// (flock): they go with the last process that holds them, however that ends.
const (
	lockFile     = "/run/xenpci/lock"
	bootLockFile = "/run/xenpci/boot.lock"
)

// lockPoll is how often a waiting command tries to take the lock.
const lockPoll = 20 * time.Millisecond

// LockError reports that another command is at work.
type LockError struct {
	Holder string        // the process id of the other, as it wrote it; may be ""
	Waited time.Duration // 0 when the caller did not wait
}

// Error names the holder of the lock and what to do.
func (e *LockError) Error() string {
	if e.Waited == 0 {
		return e.Reason()
	}
	return e.Reason() + "; " + e.Advice()
}

// Reason names the holder of the lock.
func (e *LockError) Reason() string {
	who := "another xenpci"
	if e.Holder != "" {
		who += " (process " + e.Holder + ")"
	}
	if e.Waited == 0 {
		return who + " is at work"
	}
	return fmt.Sprintf("%s is still at work after %s", who, e.Waited)
}

// Advice returns what to do.
func (e *LockError) Advice() string {
	return "try again when it has ended, or wait longer with --timeout"
}

// lock waits for this command's turn, up to wait; 0 asks once. The lock is held
// until the file is closed.
func (e *Engine) lock(ctx context.Context, which string, wait time.Duration) (*os.File, error) {
	name := e.FS.Path(which)
	if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(wait)
	for {
		if err := interrupt.Err(ctx); err != nil {
			file.Close()
			return nil, err
		}
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			signLock(file)
			return file, nil
		case !errors.Is(err, unix.EWOULDBLOCK):
			file.Close()
			return nil, fmt.Errorf("%s: %w", which, err)
		case !time.Now().Before(deadline):
			holder, _ := e.FS.Attribute(which)
			file.Close()
			return nil, &LockError{Holder: strings.TrimSpace(holder), Waited: wait}
		}
		select {
		case <-ctx.Done():
		case <-time.After(lockPoll):
		}
	}
}

// signLock writes who holds the lock, for the message of those who wait. That
// it cannot be written changes nothing.
func signLock(file *os.File) {
	pid := fmt.Appendf(nil, "%-10d\n", os.Getpid())
	_, _ = file.WriteAt(pid, 0)
}

// BootTurn waits up to Timeout for this command's turn at the declared list and
// the boot layers, and calls do within it: no other command changes them in
// between. Programs that do starts inherit held, so that the turn lasts until
// they have ended too.
func (e *Engine) BootTurn(ctx context.Context, do func(held *os.File) error) error {
	lock, err := e.lock(ctx, bootLockFile, e.Timeout)
	if err != nil {
		return err
	}
	defer lock.Close()
	return do(lock)
}

// BootBusy reports whether another command has its turn at the declared list and the boot
// layers now.
func (e *Engine) BootBusy(ctx context.Context) bool {
	lock, err := e.lock(ctx, bootLockFile, 0)
	if err == nil {
		lock.Close()
	}
	return errors.As(err, new(*LockError))
}
