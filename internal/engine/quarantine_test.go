package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// xen is a hypervisor whose answers the test chooses, and which remembers what
// it was asked.
type xen struct {
	enginetest.Xen
	quarantine, release error // nil: as enginetest.Xen does
	asked               *events
}

// events are what happened, in order.
type events struct {
	mu  sync.Mutex
	all []string
}

func (e *events) add(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, text)
}

func (x xen) Quarantine(a pci.Address) error {
	x.asked.add("quarantine")
	if x.quarantine != nil {
		return fmt.Errorf("%s: %w", a, x.quarantine)
	}
	return x.Xen.Quarantine(a)
}

func (x xen) Release(a pci.Address) error {
	x.asked.add("release")
	if x.release != nil {
		return fmt.Errorf("%s: %w", a, x.release)
	}
	return x.Xen.Release(a)
}

// watch puts a hypervisor of the test's own below m, and notes what m asks of
// it, what it writes and which programs it runs.
func watch(m machine, quarantine, release error) *events {
	e := &events{}
	m.OpenXen = func(sysfs.FS) (engine.Hypervisor, error) {
		return xen{enginetest.Xen{Root: m.Root}, quarantine, release, e}, nil
	}
	onWrite(m.Ways, m.Host, func(name, _ string) {
		e.add(name[strings.LastIndexByte(strings.TrimSuffix(name, "/bind"), '/')+1:])
	})
	m.Run = func(_ context.Context, _ sysfs.FS, _ time.Duration, args ...string) error {
		e.add(strings.Join(args, " "))
		return nil
	}
	return e
}

func TestQuarantine(t *testing.T) {
	errXen := errors.New("the hypervisor says no")
	hide := []string{"new_slot", "unbind", "pciback/bind", "quarantine"}
	for _, test := range []struct {
		name    string
		store   bool
		answers error
		want    pciback.State
		taken   bool // the status says that Xen took it
		err     error
		events  []string
	}{
		{"quarantined", true, nil, hidden, true, nil, hide},
		{"no IOMMU", true, domctl.ErrNoIOMMU, hidden, false, nil, hide},
		{"a Xen without quarantine", true, domctl.ErrNoQuarantine, hidden, false, nil, hide},
		{"another interface: xl does it", true, hypercall.ErrInterface, hidden, true, nil, append(slices.Clone(hide), "xl pci-assignable-add 0000:00:09.0")},
		{"another interface, and xl would hang", false, hypercall.ErrInterface, hidden, false, nil, hide},
		{"refused: back where it was", true, errXen, onE1000, false, errXen,
			append(slices.Clone(hide), "remove_slot", "unbind", "e1000/bind")},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			var server *xenstoretest.Server
			if test.store {
				server = xenstoretest.Start(t, m.Root)
			}
			events := watch(m, test.answers, nil)
			results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Quarantine: true}, engine.Options{})
			must(t, err)
			if !errors.Is(results[0].Err, test.err) {
				t.Errorf("%v, want %v", results[0].Err, test.err)
			}
			if got := m.state(t, nine); got != test.want {
				t.Errorf("at %+v, want %+v", got, test.want)
			}
			if diff := cmp.Diff(test.events, events.all); diff != "" {
				t.Error(diff)
			}
			if left := m.journals(t); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			if got := m.quarantined(t, nine); got != test.taken {
				t.Errorf("the status says that Xen took it: %v", got)
			}
			if test.store {
				if _, noted := server.Nodes()[pciback.LibxlDriverNode(nine)]; noted != test.want.Hidden() {
					t.Errorf("noted in xenstore: %v", noted)
				}
			}
		})
	}
}

// quarantined reports whether the status of a device says that Xen took it.
func (m machine) quarantined(t *testing.T, a pci.Address) bool {
	t.Helper()
	status, err := m.Status(m.context(t), a)
	must(t, err)
	return status.Devices[0].Quarantine
}

// TestQuarantineForgotten has a device given back past this program, and hidden without.
func TestQuarantineForgotten(t *testing.T) {
	m := loaded(t, "qemu")
	watch(m, nil, nil)
	hide := func(wanted bool) {
		t.Helper()
		results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Quarantine: wanted}, engine.Options{})
		must(t, errors.Join(err, errorOf(results...)))
	}
	hide(true)
	unhide := func() {
		t.Helper()
		results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
		must(t, errors.Join(err, errorOf(results...)))
	}
	unhide()
	if hide(false); m.quarantined(t, nine) {
		t.Error("unhide left the note")
	}
	unhide()
	hide(true)
	must(t, m.Host.Write("/sys/bus/pci/drivers/pciback/unbind", nine.String()))
	must(t, m.Host.Write("/sys/bus/pci/drivers/pciback/remove_slot", nine.String()))
	must(t, m.Host.Write("/sys/bus/pci/drivers/e1000/bind", nine.String()))
	if hide(false); m.quarantined(t, nine) {
		t.Error("the note is one of an earlier hide")
	}
}

func TestNoQuarantineWanted(t *testing.T) {
	m := loaded(t, "qemu")
	events := watch(m, nil, nil)
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
	must(t, errors.Join(err, errorOf(results...)))
	if slices.Contains(events.all, "quarantine") {
		t.Errorf("%v", events.all)
	}
}

// TestStrandedByQuarantine leaves a device that can neither stay nor go back to
// the next run.
func TestStrandedByQuarantine(t *testing.T) {
	m := loaded(t, "qemu")
	watch(m, errors.New("no room"), nil)
	faults, err := fakekernel.ParseFaults("name=*/e1000/bind:errno=EIO")
	must(t, err)
	m.Inject(faults...)
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Quarantine: true}, engine.Options{})
	must(t, err)
	var stranded *engine.StrandedError
	if !errors.As(results[0].Err, &stranded) || stranded.Device != nine || !strings.Contains(stranded.Error(), "no room; undoing it failed too: ") {
		t.Errorf("%v", results[0].Err)
	}
	if left := m.journals(t); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	m.Clear()
	next := open(m.Host)
	must(t, next.Recover(next.context(t)))
	if got := next.state(t, nine); got != hidden {
		t.Errorf("at %+v", got)
	}
}

// TestUnknownQuarantine: a Xen of another interface, where xl is not there or
// finds no IOMMU, says nothing of the quarantine. The device is hidden and given
// back all the same, with a warning.
func TestUnknownQuarantine(t *testing.T) {
	for _, store := range []bool{false, true} {
		t.Run(fmt.Sprint("xenstored: ", store), func(t *testing.T) {
			m := loaded(t, "qemu")
			if store {
				xenstoretest.Start(t, m.Root)
			}
			watch(m, hypercall.ErrInterface, hypercall.ErrInterface)
			m.Run = func(_ context.Context, _ sysfs.FS, _ time.Duration, args ...string) error {
				return &program.Error{Args: args, Output: "failed to (de-)quarantine", Err: errors.New("exit status 1")}
			}
			results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Quarantine: true}, engine.Options{})
			must(t, err)
			if results[0].Err != nil || m.state(t, nine) != hidden {
				t.Errorf("%v, and it is at %+v", results[0].Err, m.state(t, nine))
			}
			results, err = m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
			must(t, err)
			if results[0].Err != nil || m.state(t, nine) != onE1000 {
				t.Errorf("%v, and it is at %+v", results[0].Err, m.state(t, nine))
			}
			for _, warning := range []string{"quarantine_unconfirmed", "release_unconfirmed"} {
				if !strings.Contains(m.said.all(), warning) {
					t.Errorf("says %q, not %q", m.said.all(), warning)
				}
			}
			if left := m.journals(t); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestNameRefused takes a device back whose name could not be noted.
func TestNameRefused(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		if strings.HasSuffix(r.Path, "/name") {
			return xenstoretest.Fault{Error: syscall.ENOSPC}
		}
		return xenstoretest.Fault{}
	})
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Name: "lan", Quarantine: true}, engine.Options{})
	must(t, err)
	if !errors.Is(results[0].Err, syscall.ENOSPC) {
		t.Errorf("%v", results[0].Err)
	}
	if got := m.state(t, nine); got != onE1000 || (enginetest.Xen{Root: m.Root}).Quarantined(nine) {
		t.Errorf("at %+v", got)
	}
	if _, noted := server.Nodes()[pciback.LibxlNode(nine)]; noted {
		t.Error("it is still noted")
	}
}

// TestRelease wants the quarantine ended before the driver binds: after it, the
// driver binds and does no DMA.
func TestRelease(t *testing.T) {
	errXen := errors.New("the hypervisor says no")
	unhide := []string{"release", "remove_slot", "unbind", "e1000/bind"}
	for _, test := range []struct {
		name    string
		store   bool
		answers error
		fault   string
		want    pciback.State
		err     bool
		events  []string
	}{
		{"in quarantine", true, nil, "", onE1000, false, unhide},
		{"not in quarantine", true, domctl.ErrNotQuarantined, "", onE1000, false, unhide},
		{"no IOMMU", false, domctl.ErrNoIOMMU, "", onE1000, false, unhide},
		{"a Xen without quarantine", false, domctl.ErrNoQuarantine, "", onE1000, false, unhide},
		{"another interface: xl does it", true, hypercall.ErrInterface, "", onE1000, false,
			append([]string{"release", "xl pci-assignable-remove 0000:00:09.0"}, unhide[1:]...)},
		{"another interface, and xl would hang", false, hypercall.ErrInterface, "", onE1000, false, unhide},
		{"refused: nothing is moved", true, errXen, "", hidden, true, unhide[:1]},
		{"its driver does not take it: the kernel chooses", true, nil, "name=*/e1000/bind:errno=EIO", onE1000, false,
			append(slices.Clone(unhide), "new_slot", "pciback/bind", "remove_slot", "unbind", "drivers_probe")},
		{"the move fails: quarantined again", true, nil, "name=*/pciback/unbind:errno=EIO", hidden, true,
			append(slices.Clone(unhide[:3]), "new_slot", "quarantine")},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			if test.store {
				xenstoretest.Start(t, m.Root)
			}
			m.hide(t, nine)
			faults, err := fakekernel.ParseFaults(test.fault)
			must(t, err)
			m.Inject(faults...)
			events := watch(m, nil, test.answers)
			results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
			must(t, err)
			if (results[0].Err != nil) != test.err {
				t.Errorf("%v", results[0].Err)
			}
			if got := m.state(t, nine); got != test.want {
				t.Errorf("at %+v, want %+v", got, test.want)
			}
			if diff := cmp.Diff(test.events, events.all); diff != "" {
				t.Error(diff)
			}
			if left := m.journals(t); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestReleaseByXl lets xl do what it does besides: it unbinds the device and
// removes its slot.
func TestReleaseByXl(t *testing.T) {
	m := loaded(t, "qemu")
	xenstoretest.Start(t, m.Root)
	m.hide(t, nine)
	watch(m, nil, hypercall.ErrInterface)
	m.Run = func(context.Context, sysfs.FS, time.Duration, ...string) error {
		return errors.Join(
			m.Write("/sys/bus/pci/drivers/pciback/unbind", "0000:00:09.0"),
			m.Write("/sys/bus/pci/drivers/pciback/remove_slot", "0000:00:09.0"),
		)
	}
	m.unhide(t, nine)
	if got := m.state(t, nine); got != onE1000 {
		t.Errorf("at %+v", got)
	}
}
