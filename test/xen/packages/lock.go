package packages

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// lockWait is how long apt-get waits for another program that changes packages, such as
// unattended-upgrades.
const lockWait = 10 * time.Minute

// aptGet runs apt-get when no other program changes packages or their lists.
func (s Source) aptGet(ctx context.Context, log io.Writer, args ...string) error {
	// apt waits for dpkg's lock alone, not for that of the lists.
	if err := waitForLock(ctx, log, "/var/lib/apt/lists/lock", lockWait); err != nil {
		return err
	}
	timeout := fmt.Sprintf("DPkg::Lock::Timeout=%d", int(lockWait.Seconds()))
	return s.run(ctx, log, "", "apt-get", append([]string{"-o", timeout}, args...)...)
}

// Lock takes a lock on a file, which dies with its process, and waits for it.
func Lock(name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { file.Close() }, nil
}

// waitForLock waits until no process has a lock on a file.
func waitForLock(ctx context.Context, log io.Writer, name string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil // without the file nobody has locked it; apt-get reports what else is wrong
	}
	defer file.Close()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for told := false; ; told = true {
		lock := syscall.Flock_t{Type: syscall.F_WRLCK}
		if err := syscall.FcntlFlock(file.Fd(), syscall.F_GETLK, &lock); err != nil || lock.Type == syscall.F_UNLCK {
			return nil
		}
		if !told {
			fmt.Fprintf(log, "waiting for the process %d, which has locked %s\n", lock.Pid, name)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the process %d has locked %s: %w", lock.Pid, name, ctx.Err())
		case <-tick.C:
		}
	}
}
