package engine_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// withoutFindings leaves out what the guard says, which its own tests look at.
var withoutFindings = cmpopts.IgnoreFields(engine.DeviceStatus{}, "Findings")

// TestTurns holds one command within a write, and looks what others do.
func TestTurns(t *testing.T) {
	first := loaded(t, "qemu")
	unbinding, goOn := make(chan struct{}), make(chan struct{})
	onWrite(first.Ways, first.Host, func(name, _ string) {
		if strings.HasSuffix(name, "/e1000/unbind") {
			close(unbinding)
			<-goOn
		}
	})
	done := make(chan error, 1)
	go func() {
		results, err := first.Hide(first.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
		done <- errors.Join(err, errorOf(results...))
	}()
	<-unbinding

	impatient := open(fakekernel.Open(first.Root))
	impatient.Timeout = 100 * time.Millisecond
	_, err := impatient.Hide(impatient.context(t), []pci.Address{ten}, plan.HideOptions{}, engine.Options{})
	var busy *engine.LockError
	if !errors.As(err, &busy) {
		t.Fatalf("%v is no *LockError", err)
	}
	want := engine.LockError{Holder: strconv.Itoa(os.Getpid()), Waited: impatient.Timeout}
	if diff := cmp.Diff(want, *busy); diff != "" {
		t.Error(diff)
	}
	// A verb that only looks goes on without its turn, and ends nothing.
	if err := impatient.Recover(impatient.context(t)); err != nil {
		t.Errorf("recover: %v", err)
	}
	if len(impatient.Writes()) > 0 {
		t.Errorf("written out of turn: %v", impatient.Writes())
	}

	ctx, interrupt := context.WithCancelCause(t.Context())
	errSignal := errors.New("interrupted by a signal")
	time.AfterFunc(100*time.Millisecond, func() { interrupt(errSignal) })
	interrupted := open(fakekernel.Open(first.Root))
	if _, err := interrupted.Hide(engine.WithWays(ctx, interrupted.Ways), []pci.Address{ten}, plan.HideOptions{}, engine.Options{}); !errors.Is(err, errSignal) {
		t.Errorf("interrupted while it waited: %v", err)
	}

	patient := open(fakekernel.Open(first.Root))
	waited := make(chan error, 1)
	go func() {
		results, err := patient.Hide(patient.context(t), []pci.Address{ten}, plan.HideOptions{}, engine.Options{})
		waited <- errors.Join(err, errorOf(results...))
	}()
	close(goOn)
	if err := errors.Join(<-done, <-waited); err != nil {
		t.Error(err)
	}
	if got := []pciback.State{first.state(t, nine), first.state(t, ten)}; !slices.Equal(got, []pciback.State{hidden, hidden}) {
		t.Errorf("at %+v", got)
	}
	if said := patient.said.all(); said != "" {
		t.Errorf("nothing was left for the second, and it says %q", said)
	}
}

// TestBootTurn holds the turn at what boots, and has others wait for it in vain,
// and hide a device meanwhile.
func TestBootTurn(t *testing.T) {
	first := loaded(t, "qemu")
	err := first.BootTurn(t.Context(), func(held *os.File) error {
		if held == nil {
			t.Error("no file to be held")
		}
		second := open(fakekernel.Open(first.Root))
		second.Timeout = 50 * time.Millisecond
		busy := (*engine.LockError)(nil)
		if err := second.BootTurn(t.Context(), func(*os.File) error { t.Error("two at once"); return nil }); !errors.As(err, &busy) {
			t.Errorf("%v, want that another one is at work", err)
		}
		results, err := open(fakekernel.Open(first.Root)).Hide(first.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
		return errors.Join(err, errorOf(results...))
	})
	if err != nil {
		t.Error(err)
	}
	if err := first.BootTurn(t.Context(), func(*os.File) error { return nil }); err != nil {
		t.Errorf("the turn did not end: %v", err)
	}
}

func TestLockErrorText(t *testing.T) {
	for _, test := range []struct {
		name string
		err  engine.LockError
		want string
	}{
		{"did not wait", engine.LockError{Holder: "4711"}, "another xenpci (process 4711) is at work"},
		{"waited", engine.LockError{Holder: "4711", Waited: time.Minute},
			"another xenpci (process 4711) is still at work after 1m0s; try again when it has ended, or wait longer with --timeout"},
		{"holder unknown", engine.LockError{}, "another xenpci is at work"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestKilled kills another process's run within its unbind: the lock goes with
// it, and the next run ends what it began.
func TestKilled(t *testing.T) {
	m := loaded(t, "qemu")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), commandVariable+"="+m.Root)
	in, err := cmd.StdinPipe()
	must(t, err)
	defer in.Close()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "unbinding\n" {
		t.Fatalf("%q, %v", line, err)
	}

	m.Timeout = 100 * time.Millisecond
	_, err = m.Hide(m.context(t), []pci.Address{ten}, plan.HideOptions{}, engine.Options{})
	var busy *engine.LockError
	if !errors.As(err, &busy) || busy.Holder != strconv.Itoa(cmd.Process.Pid) {
		t.Errorf("%v, want process %d", err, cmd.Process.Pid)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed: that is its error

	m.Timeout = long
	status, err := m.Status(m.context(t))
	must(t, err)
	want := []engine.DeviceStatus{{
		Device: nine, Present: true, Unfinished: &engine.Unfinished{Verb: plan.Hide},
		State: pciback.State{Driver: "e1000", Slot: pciback.SlotRegistered},
	}}
	if diff := cmp.Diff(want, status.Devices, withoutFindings); diff != "" {
		t.Error("status:", diff)
	}
	m.hide(t, ten)
	if got := []pciback.State{m.state(t, nine), m.state(t, ten)}; !slices.Equal(got, []pciback.State{hidden, hidden}) {
		t.Errorf("at %+v", got)
	}
	if got, want := m.said.all(), "0000:00:09.0: "+string(engine.EarlierCompleted)+": "; !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
		t.Errorf("says %q, want %q", got, want)
	}
	if left := m.journals(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// begun is a run of somebody else that has begun on a device and lives.
func begun(t *testing.T, m machine, actions ...plan.Action) *journal.Run {
	t.Helper()
	run, err := journal.Start(sysfs.New(m.Root))
	must(t, err)
	must(t, run.Begin(actions...))
	return run
}

// TestHeld has one device on which a write of an earlier run still waits.
func TestHeld(t *testing.T) {
	action := plan.ForHide(plan.Facts{Device: nine, State: onE1000}, plan.HideOptions{})
	for _, test := range []struct {
		name, left, want string
	}{
		{"it gave up waiting", "unbind: still waiting in the kernel after 1m0s (process 4711)",
			"0000:00:09.0: an earlier hide has not finished: unbind: still waiting in the kernel after 1m0s (process 4711)"},
		{"it was killed", "", "0000:00:09.0: an earlier hide has not finished: one of its writes still waits in the kernel (/run/xenpci/journal/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			m.Timeout = 100 * time.Millisecond // how long it waits for a killed run's last write
			run := begun(t, m, action)
			if test.left != "" {
				must(t, run.Leave(nine, test.left))
			}
			onWrite(m.Ways, m.Host, func(name, value string) {
				if value == nine.String() {
					t.Errorf("%s <- %s, and another write waits", name, value)
				}
			})
			results, err := m.Hide(m.context(t), []pci.Address{nine, ten}, plan.HideOptions{}, engine.Options{})
			must(t, err)
			var stuck *engine.StuckError
			if !errors.As(results[0].Err, &stuck) || stuck.Device != nine || !strings.HasPrefix(stuck.Error(), test.want) {
				t.Errorf("%v, want %q", results[0].Err, test.want)
			}
			if results[1].Err != nil || m.state(t, ten) != hidden {
				t.Errorf("the other one: %v", results[1].Err)
			}
			if said := m.said.all(); said != "" {
				t.Errorf("says so twice: %q", said)
			}

			// It ends by itself; then the next run ends the rest.
			must(t, run.Close())
			next := open(m.Host)
			must(t, next.Recover(next.context(t)))
			if got := next.state(t, nine); got != hidden {
				t.Errorf("at %+v", got)
			}
			if left := next.journals(t); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestLastWriteOfAKilledRun is waited for: most take a tenth of a second.
func TestLastWriteOfAKilledRun(t *testing.T) {
	m := loaded(t, "qemu")
	run := begun(t, m, plan.ForHide(plan.Facts{Device: nine, State: onE1000}, plan.HideOptions{}))
	go func() {
		time.Sleep(100 * time.Millisecond)
		_ = run.Close()
	}()
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
	must(t, errors.Join(err, errorOf(results...)))
	if got := m.state(t, nine); got != hidden || !results[0].Already {
		t.Errorf("at %+v, already %v", got, results[0].Already)
	}
}

// TestTakenOverTwice is what a run leaves that is killed while it takes over
// what another has left: two journals with the same device.
func TestTakenOverTwice(t *testing.T) {
	m := loaded(t, "qemu")
	action := plan.ForHide(plan.Facts{Device: nine, State: onE1000}, plan.HideOptions{})
	one, two := begun(t, m, action), begun(t, m, action)
	must(t, errors.Join(one.Close(), two.Close()))
	must(t, m.Recover(m.context(t)))
	if got, want := m.said.all(), "0000:00:09.0: "+string(engine.EarlierCompleted)+": "; !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
		t.Errorf("says %q, want %q", got, want)
	}
	if got := m.state(t, nine); got != hidden {
		t.Errorf("at %+v", got)
	}
	if left := m.journals(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestUnreadableJournal checks that an unreadable journal is kept and reported, and
// blocks no command.
func TestUnreadableJournal(t *testing.T) {
	for _, test := range []struct{ name, content, want string }{
		{"garbage", "garbage\n", "line 1: invalid character"},
		{"another version", `{"v":2,"begin":{}}` + "\n", "version 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			file := m.Engine.FS.Path(journal.Dir + "/1-0")
			must(t, os.MkdirAll(m.Engine.FS.Path(journal.Dir), 0o755))
			must(t, os.WriteFile(file, []byte(test.content), 0o600))
			m.hide(t, nine)
			if !strings.Contains(m.said.all(), test.want) {
				t.Errorf("says %q", m.said.all())
			}
			if diff := cmp.Diff([]string{file}, m.journals(t)); diff != "" {
				t.Error(diff)
			}
			status, err := m.Status(m.context(t))
			must(t, err)
			if len(status.Notes) != 1 || !strings.Contains(status.Notes[0].Reason, test.want) {
				t.Errorf("notes %q", status.Notes)
			}
		})
	}
}

// TestLeftOfAVanishedDevice does not stay in the journal for ever.
func TestLeftOfAVanishedDevice(t *testing.T) {
	m := loaded(t, "qemu")
	must(t, begun(t, m, plan.ForHide(plan.Facts{Device: nine, State: onE1000}, plan.HideOptions{})).Close())
	must(t, m.Write("/sys/bus/pci/devices/0000:00:09.0/remove", "1"))
	must(t, m.Recover(m.context(t)))
	if left := m.journals(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if !strings.Contains(m.said.all(), "0000:00:09.0: "+string(engine.EarlierFailed)) {
		t.Errorf("says %q", m.said.all())
	}
}

// readers notes who is read.
type readers struct {
	attribute.Access
	names *events
}

func (r readers) Read(ctx context.Context, name string) (string, error) {
	r.names.add(name)
	return r.Access.Read(ctx, name)
}

// TestStatusOfAHeldDevice does not read what takes the device's lock: that would
// wait behind the write.
func TestStatusOfAHeldDevice(t *testing.T) {
	m := loaded(t, "qemu")
	run := begun(t, m, plan.ForHide(plan.Facts{Device: nine, State: onE1000}, plan.HideOptions{}))
	must(t, run.Leave(nine, "unbind waits"))
	read := &events{}
	open := m.OpenAttributes
	m.OpenAttributes = func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
		access, err := open(f, timeout)
		return readers{access, read}, err
	}
	status, err := m.Judge(m.context(t), nine, ten)
	must(t, err)
	if len(status.Devices) != 2 || status.Devices[0].Unfinished == nil || status.Devices[0].Unfinished.Verb != plan.Hide {
		t.Fatalf("%+v", status.Devices)
	}
	status.Devices[0].Unfinished = nil
	var stuck *engine.StuckError
	if !errors.As(status.Devices[0].Hide.Err, &stuck) || stuck.Device != nine {
		t.Errorf("a hide would say %v", status.Devices[0].Hide.Err)
	}
	status.Devices[0].Hide = engine.Verdict{}
	if diff := cmp.Diff([]engine.DeviceStatus{{Device: nine, Present: true, State: onE1000}}, status.Devices[:1], withoutFindings); diff != "" {
		t.Error(diff)
	}
	if slices.Contains(read.all, "/sys/bus/pci/devices/0000:00:09.0/driver_override") || len(read.all) == 0 {
		t.Errorf("read: %q", read.all)
	}
	must(t, run.Close())
}
