package contract

import (
	"errors"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Run tests every row as a subtest of t. It puts the devices into the row's initial
// state first, so that rows can run alone, and skips rows whose devices do not exist.
func Run(t *testing.T, k Kernel, fs sysfs.FS) {
	r := &runner{kernel: k, view: view{fs}, order: unknown}
	for _, row := range Rows() {
		t.Run(row.Section+"/"+row.Name, func(t *testing.T) { r.run(t, row) })
	}
	r.leave(t)
}

func (r *runner) run(t *testing.T, row Row) {
	for _, needed := range row.Needs {
		if !r.fs.Exists(device + needed) {
			t.Skipf("this machine has no device %s", needed)
		}
	}
	if err := r.prepare(row); err != nil {
		t.Fatalf("cannot make the initial state: %v", err)
	}
	for _, needed := range row.Needs {
		home := homes()[needed]
		if !r.fs.Exists(drivers + home) {
			home = "" // the row's order leaves the driver unloaded
		}
		if got := r.driver(needed); got != home {
			t.Skipf("%s is on driver %q here, not on %q", needed, got, home)
		}
	}
	if diff := cmp.Diff(row.Given, r.state(nil)); diff != "" {
		t.Fatalf("initial state (-want +got):\n%s", diff)
	}
	last := len(row.Do) - 1
	for i, do := range row.Do {
		err := r.do(do)
		switch got := errnoOf(err); {
		case i < last && err != nil:
			t.Fatalf("%s: %v, must succeed", do, err)
		case i == last && got != row.Want:
			t.Errorf("%s: want %s, got %s (%v)", do, answer(row.Want), answer(got), err)
		}
	}
	if diff := cmp.Diff(row.After, r.state(row.After.Others)); diff != "" {
		t.Errorf("final state (-want +got):\n%s", diff)
	}
}

// String returns the operation as a shell command.
func (o Operation) String() string {
	switch {
	case o.Load != "":
		return "modprobe " + o.Load
	case o.Unload != "":
		return "modprobe -r " + o.Unload
	case len(o.Value) > 80:
		return o.File + " <- " + o.Value[:80] + "..."
	}
	return o.File + " <- " + o.Value
}

// unanswered represents an error without an errno.
const unanswered = syscall.Errno(0xffff)

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &errno):
		return errno
	}
	return unanswered
}

func answer(errno syscall.Errno) string {
	switch errno {
	case 0:
		return "OK"
	case unanswered:
		return "an error without errno"
	}
	return errno.Error()
}
