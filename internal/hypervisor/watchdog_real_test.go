package hypervisor

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// TestRealWatchdog arms both watchdogs of a dom0 for an hour, and disarms them.
func TestRealWatchdog(t *testing.T) {
	if os.Getenv("XENPCI_WATCHDOG_REAL") != "1" {
		t.Skip("XENPCI_WATCHDOG_REAL=1 is not set: this arms Xen's watchdogs of a dom0")
	}
	r, err := OpenRunning(sysfs.New("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var armed []Watchdog
	for range maxWatchdogs {
		w, err := r.ArmWatchdog(time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		armed = append(armed, w)
	}
	if w, err := r.ArmWatchdog(time.Hour); !errors.Is(err, ErrNoWatchdog) {
		t.Errorf("a third: %v, %v", w, err)
	}
	for _, w := range armed {
		if err := r.DisarmWatchdog(w); err != nil {
			t.Error(err)
		}
		if err := r.DisarmWatchdog(w); !errors.Is(err, ErrNotArmed) {
			t.Errorf("disarmed twice: %v", err)
		}
	}
}
