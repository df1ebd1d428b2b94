package hypervisor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInterruptRemapping(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		room       int // of the ring
		want       Found
		lost       bool
	}{
		{"enabled", "(XEN) I/O virtualisation enabled\n(XEN) Interrupt remapping enabled\n", 1 << 10, Enabled, false},
		{"disabled", "(XEN) Interrupt remapping disabled\n", 1 << 10, Disabled, false},
		{"with a time", "(XEN) [    1.5] Interrupt remapping enabled\n", 1 << 10, Enabled, false},
		{"a guest says so", "(d1) Interrupt remapping enabled\n", 1 << 10, NotFound, false},
		{"lost", "(XEN) Interrupt remapping enabled\n(XEN) more\n", 20, NotFound, true},
		{"nothing", "", 20, NotFound, false},
	} {
		x := newFakeXen()
		x.ring = make([]byte, test.room)
		x.print(test.text)
		got, lost, err := on(x).InterruptRemapping()
		if got != test.want || lost != test.lost || err != nil {
			t.Errorf("%s: %v, %v, %v", test.name, got, lost, err)
		}
	}
}

func TestBadConsole(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	x.ring = make([]byte, 1<<10)
	x.print("(XEN) Bad console= option 'com1'\n(d1) Bad console= option 'com2'\n(XEN) Xen version 4.17\n")
	got, err := on(x).BadConsole()
	if diff := cmp.Diff([]string{"(XEN) Bad console= option 'com1'"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
