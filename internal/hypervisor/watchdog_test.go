package hypervisor

import (
	"encoding/binary"
	"errors"
	"syscall"
	"testing"
	"time"
)

// watchdogs answers as Xen does to SCHEDOP_watchdog (xen/common/sched/core.c).
type watchdogs struct {
	fakeXen
	armed    [maxWatchdogs]uint32 // seconds; 0 for one that is not armed
	rebooted bool
}

func (x *watchdogs) Call(op uint64, args ...uint64) (uint64, syscall.Errno) {
	if op != callSched || args[0] != schedWatchdog {
		return 0, syscall.ENOSYS
	}
	id, seconds := binary.NativeEndian.Uint32(x.memory[args[1]:]), binary.NativeEndian.Uint32(x.memory[args[1]+4:])
	switch {
	case id > maxWatchdogs:
		return 0, syscall.EINVAL
	case id == 0:
		for i := range x.armed {
			if x.armed[i] == 0 {
				x.armed[i] = seconds
				x.rebooted = x.rebooted || seconds == 0
				return uint64(i + 1), 0
			}
		}
		return 0, syscall.ENOSPC
	case x.armed[id-1] == 0:
		return 0, syscall.EINVAL
	}
	x.armed[id-1] = seconds
	return 0, 0
}

func TestWatchdog(t *testing.T) {
	t.Parallel()
	x := &watchdogs{fakeXen: fakeXen{memory: make([]byte, dataOffset+dataSize)}}
	r := &Running{xen: x}
	first, err := r.ArmWatchdog(10 * time.Minute)
	if err != nil || first.String() != "1" || x.armed[0] != 600 {
		t.Fatalf("%v, %v: %v", first, err, x.armed)
	}
	second, err := r.ArmWatchdog(time.Second)
	if err != nil || second.String() != "2" {
		t.Fatalf("%v, %v", second, err)
	}
	if _, err := r.ArmWatchdog(time.Minute); !errors.Is(err, ErrNoWatchdog) {
		t.Errorf("a third: %v", err)
	}
	read, err := ParseWatchdog(first.String())
	if err != nil || read != first {
		t.Fatalf("%v, %v", read, err)
	}
	if err := r.DisarmWatchdog(read); err != nil || x.armed != [maxWatchdogs]uint32{0, 1} {
		t.Errorf("%v: %v", err, x.armed)
	}
	if err := r.DisarmWatchdog(read); !errors.Is(err, ErrNotArmed) {
		t.Errorf("disarmed twice: %v", err)
	}
}

// TestWatchdogNeverReboots asks for what would restart the machine at once, in every way that
// there is.
func TestWatchdogNeverReboots(t *testing.T) {
	t.Parallel()
	x := &watchdogs{fakeXen: fakeXen{memory: make([]byte, dataOffset+dataSize)}}
	r := &Running{xen: x}
	for _, after := range []time.Duration{0, -1, time.Second - 1, -time.Hour} {
		if w, err := r.ArmWatchdog(after); !errors.Is(err, errReboots) {
			t.Errorf("%v: %v, %v", after, w, err)
		}
	}
	if err := r.DisarmWatchdog(Watchdog{}); !errors.Is(err, errReboots) {
		t.Errorf("no watchdog: %v", err)
	}
	for _, text := range []string{"0", "", "3", "-1", "01x", "4294967296"} {
		if w, err := ParseWatchdog(text); err == nil {
			t.Errorf("%q: %v", text, w)
		}
	}
	if x.rebooted || x.armed != [maxWatchdogs]uint32{} {
		t.Errorf("%+v", x.armed)
	}
}
