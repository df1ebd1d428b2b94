package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
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
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	value := []byte(strconv.FormatInt(timerSlack.Nanoseconds(), 10))
	for _, thread := range threads {
		// One that has ended meanwhile needs none.
		if err := os.WriteFile(filepath.Join("/proc", filepath.Base(thread), "timerslack_ns"), value, 0); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
