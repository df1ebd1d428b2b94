package daemon

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// timerSlack is how late the kernel may wake a thread. While a goroutine runs, a thread of
// Go's runtime sleeps for 20 us at a time; with the kernel's default of 50 us it wakes some
// ten times in a look of the machine.
const timerSlack = 10 * time.Millisecond

// wakeLate sets the timer slack of all threads: those that are made later have that of the
// thread that makes them. Without CAP_SYS_NICE, or before Linux 4.6, only the calling
// thread's is set; systemd's unit has TimerSlackNSec= for that.
func wakeLate() error {
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack.Nanoseconds()), 0, 0, 0); err != nil {
		return fmt.Errorf("timer slack: %w", err)
	}
	kernel := sysfs.New("/")
	threads, err := kernel.List("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		err := kernel.Write("/proc/"+thread+"/timerslack_ns", strconv.FormatInt(timerSlack.Nanoseconds(), 10))
		if err != nil && !sysfs.IsNotExist(err) && !errors.Is(err, unix.EPERM) { // one that has ended needs none
			return err
		}
	}
	return nil
}
