package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
	"github.com/xenpci/xenpci/test/sample"
)

// A walk is one command over one device, whose every write is made to go
// wrong in every way.
type walk struct {
	name    string
	archive string
	device  string
	before  [][]string // commands that prepare the machine
	raw     [][2]string
	args    []string
	driver  string // that the device has when the command was done
}

func walks() []walk {
	return []walk{
		{name: "hide from a driver", archive: "sis190", device: "0000:00:09.0", args: []string{"hide", "00:09.0"}, driver: "pciback"},
		{
			name: "hide without a driver", archive: "sis190", device: "0000:00:09.0",
			raw:  [][2]string{{"/sys/bus/pci/drivers/3c59x/unbind", "0000:00:09.0"}},
			args: []string{"hide", "00:09.0"}, driver: "pciback",
		},
		{
			name: "hide past an override", archive: "sis190", device: "0000:00:09.0",
			raw:  [][2]string{{"/sys/bus/pci/devices/0000:00:09.0/driver_override", "vfio-pci"}},
			args: []string{"hide", "00:09.0"}, driver: "pciback",
		},
		{
			name: "unhide what xenpci hid", archive: "sis190", device: "0000:00:09.0",
			before: [][]string{{"hide", "00:09.0"}},
			args:   []string{"unhide", "00:09.0"}, driver: "3c59x",
		},
		{
			name: "unhide what an override hid", archive: "sis190", device: "0000:00:09.0",
			before: [][]string{{"hide", "00:04.0"}}, // loads pciback
			raw: [][2]string{
				{"/sys/bus/pci/devices/0000:00:09.0/driver_override", "pciback"},
				{"/sys/bus/pci/drivers/3c59x/unbind", "0000:00:09.0"},
				{"/sys/bus/pci/drivers_probe", "0000:00:09.0"},
			},
			args: []string{"unhide", "00:09.0"}, driver: "3c59x",
		},
		{
			name: "hide what is registered already", archive: "sis190", device: "0000:00:09.0",
			before: [][]string{{"hide", "00:04.0"}}, // loads pciback
			raw:    [][2]string{{"/sys/bus/pci/drivers/pciback/new_slot", "0000:00:09.0"}},
			args:   []string{"hide", "00:09.0"}, driver: "pciback",
		},
		{
			name: "unhide what raw writes hid, without its slot", archive: "sis190", device: "0000:00:09.0",
			before: [][]string{{"hide", "00:04.0"}}, // loads pciback
			raw: [][2]string{
				{"/sys/bus/pci/drivers/3c59x/unbind", "0000:00:09.0"},
				{"/sys/bus/pci/drivers/pciback/new_slot", "0000:00:09.0"},
				{"/sys/bus/pci/drivers/pciback/bind", "0000:00:09.0"},
				{"/sys/bus/pci/drivers/pciback/remove_slot", "0000:00:09.0"},
			},
			args: []string{"unhide", "00:09.0"}, driver: "3c59x",
		},
		{
			name: "hide a VF", archive: "server", device: "0000:18:02.0", args: []string{"hide", "18:02.0"}, driver: "pciback",
		},
	}
}

// faults are the ways in which a write goes wrong.
func faults() []string {
	return []string{
		"errno=EIO", "errno=ENODEV", "errno=EBUSY", "errno=EINVAL", "errno=ENOMEM",
		"fail-after=EIO", "hang", "hang-after", "kill-before", "kill-after", "lose",
	}
}

// oneIn is how many faults there are for each one that a sample of them has. It is odd,
// since two kinds of fault, or of call, often take turns.
const oneIn = 5

// TestEveryWriteGoesWrong fails, kills, hangs and unplugs at every single write
// of hide and unhide, and looks at what is left and what the next run makes of
// it. Each write has a part of these, another one than the write before.
func TestEveryWriteGoesWrong(t *testing.T) {
	t.Parallel()
	for _, w := range walks() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			writes := w.writes(t)
			if writes == 0 {
				t.Fatal("the command writes nothing: there is nothing to go wrong")
			}
			for n := 1; n <= writes; n++ {
				for i, fault := range faults() {
					if all := len(faults()); !sample.Takes((n-1)*all+i, writes*all, oneIn) {
						continue
					}
					t.Run(fmt.Sprintf("write %d %s", n, fault), func(t *testing.T) {
						w.check(t, w.run(t, fmt.Sprintf("write=%d:%s", n, fault)), fault)
					})
				}
			}
		})
	}
}

// walked is a machine after a walk.
type walked struct {
	host   *fakekernel.Host
	origin pciback.State // before the command
	status int           // exit status; -1 after a kill
	output string
}

func (w walk) run(t *testing.T, fault string) walked {
	t.Helper()
	r := walked{host: fakekernel.Unpack(t, w.archive)}
	xenstoretest.Start(t, r.host.Root)
	for _, args := range w.before {
		if status, out := xenpci(t, r.host.Root, "", args...); status != 0 {
			t.Fatalf("%v: status %d: %s", args, status, out)
		}
	}
	for _, raw := range w.raw {
		if err := r.host.Write(raw[0], raw[1]); err != nil {
			t.Fatal(err)
		}
	}
	r.origin = w.state(t, r.host)
	r.status, r.output = xenpci(t, r.host.Root, fault, append([]string{"--timeout", "200ms"}, w.args...)...)
	return r
}

// writes is how many writes the command makes when nothing goes wrong: one less
// than the first that never comes.
func (w walk) writes(t *testing.T) int {
	t.Helper()
	for n := 1; ; n++ {
		if r := w.run(t, fmt.Sprintf("write=%d:kill-before", n)); r.status >= 0 {
			if r.status != 0 || !w.arrived(w.state(t, r.host)) {
				t.Fatalf("status %d without any fault: %s", r.status, r.output)
			}
			return n - 1
		}
	}
}

// check holds what is left to the promise: the device is where it was, or
// where it was to be, or the journal has it; and the next run settles it.
func (w walk) check(t *testing.T, r walked, fault string) {
	t.Helper()
	now := w.state(t, r.host)
	left := w.left(t, r.host)
	gone := now.Driver == absent
	switch {
	case left:
	case gone && fault == "lose":
	case w.arrived(now):
		if r.status != 0 {
			t.Errorf("status %d, and yet it was done: %s", r.status, r.output)
		}
	case now == r.origin:
		if r.status == 0 {
			t.Errorf("status 0, and yet nothing was done: %s", r.output)
		}
	default:
		t.Errorf("nothing is in the journal, and the device is at %+v (it was at %+v)\n%s", now, r.origin, r.output)
	}
	if !gone && !left {
		w.consistent(t, r, "after the fault")
	}

	status, output := xenpci(t, r.host.Root, "", "status")
	if status != 0 {
		t.Errorf("the next run: status %d: %s", status, output)
	}
	if w.left(t, r.host) {
		t.Errorf("the next run leaves the journal: %s", output)
	}
	settled := w.state(t, r.host)
	if !gone && !w.arrived(settled) && settled != r.origin {
		t.Errorf("the next run leaves the device at %+v (it was at %+v): %s", settled, r.origin, output)
	}
	if left && !gone && !w.arrived(settled) {
		t.Errorf("the next run did not complete what was begun: %+v: %s", settled, output)
	}
	if !gone {
		w.consistent(t, r, "after the next run")
	}
}

// absent stands for the driver of a device that is not there any more.
const absent = "(absent)"

func (w walk) arrived(s pciback.State) bool {
	want := pciback.State{Driver: w.driver}
	if w.driver == pciback.Name {
		want.Slot = pciback.SlotRegistered
	}
	return s == want
}

// consistent looks whether Xen and xenstore agree with sysfs.
func (w walk) consistent(t *testing.T, r walked, when string) {
	t.Helper()
	address := w.address(t)
	state := w.state(t, r.host)
	if quarantined := (enginetest.Xen{Root: r.host.Root}).Quarantined(address); quarantined && !state.Hidden() {
		t.Errorf("%s: %s is on %q and in quarantine: it does no DMA", when, address, state.Driver)
	}
	store, err := engine.DialStore(context.Background(), sysfs.New(r.host.Root))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	_, err = store.Read(context.Background(), pciback.LibxlDriverNode(address))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if noted := err == nil; noted && !state.Hidden() {
		t.Errorf("%s: %s is on %q, and xenstore says that it is hidden", when, address, state.Driver)
	}
}

func (w walk) address(t *testing.T) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(w.device)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w walk) state(t *testing.T, host *fakekernel.Host) pciback.State {
	t.Helper()
	state, err := pciback.New(host.Root).State(context.Background(), w.address(t))
	if errors.Is(err, fs.ErrNotExist) {
		return pciback.State{Driver: absent}
	}
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// left reports whether a journal has the device.
func (w walk) left(t *testing.T, host *fakekernel.Host) bool {
	t.Helper()
	leftovers, err := journal.Look(host.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leftovers {
		if l.Err != nil || l.Held {
			t.Errorf("%s: held %v, %v", l.Name, l.Held, l.Err)
		}
		for _, e := range l.Entries {
			if e.Device == w.address(t) {
				return true
			}
		}
	}
	return false
}

// xenpci runs the command as a process of its own and returns its exit status
// and what it said.
func xenpci(t *testing.T, root, fault string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Args[0] = "xenpci"
	cmd.Env = append(os.Environ(), noRaceSleep, hostVariable+"="+root, fakekernel.FaultVariable+"="+fault)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("%v did not end: %s", args, out.String())
	}
	exit := (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}
