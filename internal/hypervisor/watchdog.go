package hypervisor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Xen's watchdogs of a domain: SCHEDOP_watchdog with struct sched_watchdog (sched.h).
const (
	callSched     = 29 // __HYPERVISOR_sched_op
	schedWatchdog = 6  // SCHEDOP_watchdog

	watchdogSize = 8 // id, timeout in seconds
)

// maxWatchdogs is how many timers Xen keeps of a domain (NR_DOMAIN_WATCHDOG_TIMERS).
const maxWatchdogs = 2

// ErrNoWatchdog means that no timer can be armed, since other programs have armed all of them.
var ErrNoWatchdog = errors.New("all of Xen's watchdogs are armed by other programs")

// ErrNotArmed means that a watchdog is not armed.
var ErrNotArmed = errors.New("the watchdog is not armed")

// errReboots is the request that restarts the machine at once.
var errReboots = errors.New("Xen would restart the machine at once")

// Watchdog is a timer in Xen that restarts the machine when it ends, whatever dom0 does. It is
// one that was armed, by this process or another: Xen keeps it until it is disarmed.
type Watchdog struct{ id uint32 }

// ParseWatchdog returns the watchdog of a number that String returned.
func ParseWatchdog(text string) (Watchdog, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil || id < 1 || id > maxWatchdogs {
		return Watchdog{}, fmt.Errorf("%q is none of Xen's watchdogs", text)
	}
	return Watchdog{uint32(id)}, nil
}

// String returns the watchdog's number.
func (w Watchdog) String() string { return strconv.FormatUint(uint64(w.id), 10) }

// Watchdogs are what arms and disarms the watchdogs of a Xen. Running does.
type Watchdogs interface {
	ArmWatchdog(after time.Duration) (Watchdog, error)
	DisarmWatchdog(w Watchdog) error
	Close() error
}

// OpenWatchdogs connects to the Xen that runs this machine, as OpenRunning does.
func OpenWatchdogs(fs sysfs.FS) (Watchdogs, error) { return OpenRunning(fs) }

// ArmWatchdog has Xen restart the machine after a time, at least a second, unless the
// watchdog is disarmed before. The error is or wraps ErrNoWatchdog or a syscall.Errno.
func (r *Running) ArmWatchdog(after time.Duration) (Watchdog, error) {
	seconds := uint32(min(max(after/time.Second, 0), 1<<31))
	id, err := r.watchdog(0, seconds)
	if errors.Is(err, syscall.ENOSPC) {
		return Watchdog{}, ErrNoWatchdog
	}
	if err == nil && (id < 1 || id > maxWatchdogs) {
		err = fmt.Errorf("Xen's watchdog: Xen returned the number %d", id)
	}
	return Watchdog{uint32(id)}, err
}

// DisarmWatchdog has Xen forget a watchdog. The error wraps ErrNotArmed or a syscall.Errno.
func (r *Running) DisarmWatchdog(w Watchdog) error {
	_, err := r.watchdog(w.id, 0)
	if errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("Xen's watchdog %s: %w", w, ErrNotArmed)
	}
	return err
}

// watchdog is the only function that asks Xen for a watchdog. It refuses the request with a
// number and a time of 0: for Xen that is a new timer that has ended already.
func (r *Running) watchdog(id, seconds uint32) (uint64, error) {
	if id == 0 && seconds == 0 {
		return 0, errReboots
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	request := r.xen.Memory()[:watchdogSize]
	binary.NativeEndian.PutUint32(request, id)
	binary.NativeEndian.PutUint32(request[4:], seconds)
	answer, errno := r.xen.Call(callSched, schedWatchdog, r.xen.Address(0))
	if errno != 0 {
		return 0, fmt.Errorf("Xen's watchdog: %w", errno)
	}
	return answer, nil
}
