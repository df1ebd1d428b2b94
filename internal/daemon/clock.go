package daemon

import (
	"time"

	"golang.org/x/sys/unix"
)

// sleepTime returns how long the machine has been suspended since it booted: the
// difference of a clock that goes on meanwhile and one that stops.
func sleepTime() time.Duration {
	return clock(unix.CLOCK_BOOTTIME) - clock(unix.CLOCK_MONOTONIC)
}

// clock returns 0 where the kernel has no such clock.
func clock(id int32) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
