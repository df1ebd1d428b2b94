package pciback_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// access carries the writes of a driver to the fake kernel.
type access struct{ *fakekernel.Host }

func (a access) Read(_ context.Context, name string) (string, error) { return a.FS().Attribute(name) }

func (a access) Write(_ context.Context, name, value string) error { return a.Host.Write(name, value) }

// machine is a host with pciback loaded, and the driver that acts on it.
func machine(t *testing.T, archive string) (*fakekernel.Host, *pciback.Driver) {
	t.Helper()
	h := fakekernel.Unpack(t, archive)
	must(t, h.LoadModule("xen-pciback"))
	return h, pciback.New(h.Root).WithAttributes(access{h})
}

func state(t *testing.T, d *pciback.Driver, a pci.Address) pciback.State {
	t.Helper()
	s, err := d.State(t.Context(), a)
	must(t, err)
	return s
}

func TestHideAndUnhide(t *testing.T) {
	const deviceDir = "/sys/bus/pci/devices/"
	hidden := pciback.State{Driver: "pciback", Slot: pciback.SlotRegistered}
	for _, test := range []struct {
		name, archive string
		device        pci.Address
		before        [][2]string // raw writes
		from, hidden  pciback.State
		to            string
		back          pciback.State
	}{
		{"from its driver and to it", "qemu", nine, nil, pciback.State{Driver: "e1000"}, hidden, "e1000", pciback.State{Driver: "e1000"}},
		{"to the one that matches", "qemu", nine, nil, pciback.State{Driver: "e1000"}, hidden, pciback.AnyDriver, pciback.State{Driver: "e1000"}},
		{"to none", "qemu", nine, nil, pciback.State{Driver: "e1000"}, hidden, "", pciback.State{}},
		{"no driver matches, and none takes it", "qemu", pci.Address{Slot: 2}, nil, pciback.State{}, hidden, pciback.AnyDriver, pciback.State{}},
		{
			"reserved for another", "qemu", nine, [][2]string{{deviceDir + "0000:00:09.0/driver_override", "vfio-pci"}},
			pciback.State{Driver: "e1000", Override: "vfio-pci"}, hidden, "e1000", pciback.State{Driver: "e1000"},
		},
		{
			"hidden already, by override", "qemu", nine,
			[][2]string{
				{deviceDir + "0000:00:09.0/driver_override", "pciback"},
				{"/sys/bus/pci/drivers/e1000/unbind", "0000:00:09.0"},
				{"/sys/bus/pci/drivers_probe", "0000:00:09.0"},
			},
			pciback.State{Driver: "pciback", Override: "pciback", Slot: pciback.SlotRegistered},
			pciback.State{Driver: "pciback", Override: "pciback", Slot: pciback.SlotRegistered},
			pciback.AnyDriver, pciback.State{Driver: "e1000"},
		},
		{
			"bound, and its slot removed", "qemu", nine,
			[][2]string{
				{"/sys/bus/pci/drivers/e1000/unbind", "0000:00:09.0"},
				{"/sys/bus/pci/drivers/pciback/new_slot", "0000:00:09.0"},
				{"/sys/bus/pci/drivers/pciback/bind", "0000:00:09.0"},
				{"/sys/bus/pci/drivers/pciback/remove_slot", "0000:00:09.0"},
			},
			pciback.State{Driver: "pciback"}, hidden, "e1000", pciback.State{Driver: "e1000"},
		},
		{
			"a VF that no driver may probe", "server", pci.Address{Bus: 0x18, Slot: 2},
			[][2]string{{deviceDir + "0000:18:00.0/sriov_drivers_autoprobe", "0"}},
			pciback.State{Driver: "iavf"}, pciback.State{Driver: "pciback", Override: "pciback", Slot: pciback.SlotRegistered},
			"", pciback.State{},
		},
		{"a VF", "server", pci.Address{Bus: 0x18, Slot: 2}, nil, pciback.State{Driver: "iavf"}, hidden, pciback.AnyDriver, pciback.State{Driver: "iavf"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, d := machine(t, test.archive)
			for _, w := range test.before {
				must(t, h.Write(w[0], w[1]))
			}
			from, err := d.Hide(t.Context(), test.device)
			must(t, err)
			if diff := cmp.Diff(test.from, from); diff != "" {
				t.Error("from:", diff)
			}
			if diff := cmp.Diff(test.hidden, state(t, d, test.device)); diff != "" {
				t.Error("hidden:", diff)
			}
			must(t, d.Unhide(t.Context(), test.device, test.to))
			if diff := cmp.Diff(test.back, state(t, d, test.device)); diff != "" {
				t.Error("given back:", diff)
			}
		})
	}
}

// TestHideRefused is what the kernel refuses without any fault, and where the
// device is then.
func TestHideRefused(t *testing.T) {
	_, d := machine(t, "laptop")
	disk := pci.Address{Domain: 0x10000, Bus: 0xe1}
	_, err := d.Hide(t.Context(), disk)
	var move *pciback.MoveError
	if !errors.As(err, &move) || !errors.Is(err, syscall.EINVAL) || move.Stranded() {
		t.Fatalf("%v; want EINVAL, and the disk where it was", err)
	}
	if got := state(t, d, disk); got != (pciback.State{Driver: "nvme"}) {
		t.Errorf("the disk is at %+v", got)
	}
}

func TestUnhideBehindARegisteredBridge(t *testing.T) {
	h, d := machine(t, "qemu")
	must(t, h.Write("/sys/bus/pci/drivers/e1000/unbind", "0000:01:01.0"))
	must(t, h.Write("/sys/bus/pci/drivers/pciback/new_slot", "0000:00:1e.0"))
	must(t, h.Write("/sys/bus/pci/drivers/pciback/bind", "0000:01:01.0"))
	must(t, d.Unhide(t.Context(), pci.Address{Bus: 1, Slot: 1}, "e1000"))
	if got, want := state(t, d, pci.Address{Bus: 1, Slot: 1}), (pciback.State{Driver: "e1000"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestOvertaken has another tool hide the device after its state was read.
func TestOvertaken(t *testing.T) {
	there := pciback.State{Driver: "pciback", Slot: pciback.SlotRegistered}
	for _, test := range []struct {
		name string
		read pciback.State
	}{
		{"from its driver", pciback.State{Driver: "e1000"}},
		{"from its driver, slot registered", pciback.State{Driver: "e1000", Slot: pciback.SlotRegistered}},
		{"without a driver", pciback.State{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, d := machine(t, "qemu")
			must(t, h.Write("/sys/bus/pci/drivers/e1000/unbind", "0000:00:09.0"))
			must(t, h.Write("/sys/bus/pci/drivers/pciback/new_slot", "0000:00:09.0"))
			must(t, h.Write("/sys/bus/pci/drivers/pciback/bind", "0000:00:09.0"))
			now, err := d.MoveOn(t.Context(), nine, test.read, test.read, there)
			if err != nil || now != there || state(t, d, nine) != there {
				t.Errorf("%+v, %v; it is at %+v", now, err, state(t, d, nine))
			}
		})
	}
}

// TestMoveFails makes each write of a hide go wrong in turn.
func TestMoveFails(t *testing.T) {
	origin := pciback.State{Driver: "e1000"}
	for _, test := range []struct {
		name, faults string
		want         pciback.MoveError // without Err and BackErr
		err, backErr error
		text         string // how the message ends
		now          pciback.State
	}{
		{
			name: "new_slot fails", faults: "name=*/new_slot:errno=ENOMEM",
			want: pciback.MoveError{Device: nine, Step: register(), Back: origin}, err: syscall.ENOMEM,
			text: "e1000 again", now: origin,
		},
		{
			name: "unbind fails", faults: "name=*/unbind:errno=EIO",
			want: pciback.MoveError{Device: nine, Step: unbind("e1000"), Back: origin}, err: syscall.EIO,
			text: "e1000 again", now: origin,
		},
		{
			name: "bind fails", faults: "name=*/pciback/bind:errno=ENODEV",
			want: pciback.MoveError{Device: nine, Step: bind("pciback"), Back: origin}, err: syscall.ENODEV,
			text: "e1000 again", now: origin,
		},
		{
			name: "bind fails after its effect", faults: "name=*/pciback/bind:fail-after=EIO",
			want: pciback.MoveError{Device: nine, Step: bind("pciback"), Back: origin}, err: syscall.EIO,
			text: "e1000 again", now: origin,
		},
		{
			name: "the way back fails too", faults: "name=*/pciback/bind:errno=ENODEV;name=*/e1000/bind:errno=EBUSY",
			want: pciback.MoveError{Device: nine, Step: bind("pciback"), Back: origin}, err: syscall.ENODEV, backErr: syscall.EBUSY,
			text: "as root tries again", now: pciback.State{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, d := machine(t, "qemu")
			h.Inject(faults(t, test.faults)...)
			_, err := d.Hide(t.Context(), nine)
			var move *pciback.MoveError
			if !errors.As(err, &move) {
				t.Fatalf("%v is no *MoveError", err)
			}
			if !errors.Is(move.Err, test.err) || !errors.Is(move.BackErr, test.backErr) || !errors.Is(err, test.err) {
				t.Errorf("causes %v and %v, want %v and %v", move.Err, move.BackErr, test.err, test.backErr)
			}
			if move.Stranded() != (test.backErr != nil) {
				t.Errorf("stranded: %v", move.Stranded())
			}
			if !strings.HasPrefix(err.Error(), "0000:00:09.0: "+test.want.Step.Op.String()+": "+test.want.Step.File) || !strings.HasSuffix(err.Error(), test.text) {
				t.Errorf("message: %s", err)
			}
			got := *move
			got.Err, got.BackErr = nil, nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			h.Clear()
			if diff := cmp.Diff(test.now, state(t, d, nine)); diff != "" {
				t.Error("now:", diff)
			}
		})
	}
}

func faults(t *testing.T, text string) []fakekernel.Fault {
	t.Helper()
	all, err := fakekernel.ParseFaults(text)
	must(t, err)
	return all
}

func TestMoveOfAVanishedDevice(t *testing.T) {
	lose := func(name string) fakekernel.Fault { return fakekernel.Fault{Name: name, Action: fakekernel.Lose} }
	for name, faults := range map[string][]fakekernel.Fault{
		"at new_slot": {lose("*/new_slot")},
		"at unbind":   {lose("*/e1000/unbind")},
		"at bind":     {lose("*/pciback/bind")},
		"on the way back": {
			{Name: "*/pciback/bind", Action: fakekernel.Fail, Errno: syscall.EIO}, lose("*/e1000/bind"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, d := machine(t, "qemu")
			h.Inject(faults...)
			_, err := d.Hide(t.Context(), nine)
			var move *pciback.MoveError
			if !errors.As(err, &move) || !move.Gone || move.Stranded() || !strings.Contains(err.Error(), "removed") {
				t.Fatalf("%#v", err)
			}
			slots, err := d.Slots()
			if err != nil || slots.Of(nine) != pciback.SlotAbsent {
				t.Errorf("its slot is left: %v, %v", slots, err)
			}
		})
	}
}

// waiting is an access of which one write never returns in time.
type waiting struct {
	access
	file string
}

func (w waiting) Write(ctx context.Context, name, value string) error {
	if name == w.file {
		return fmt.Errorf("%s: %w", name, context.DeadlineExceeded)
	}
	return w.access.Write(ctx, name, value)
}

// TestMoveHangs wants the device left alone once a write does not return:
// another would wait behind it.
func TestMoveHangs(t *testing.T) {
	h := fakekernel.Unpack(t, "qemu")
	must(t, h.LoadModule("xen-pciback"))
	d := pciback.New(h.Root).WithAttributes(waiting{access{h}, "/sys/bus/pci/drivers/e1000/unbind"})
	_, err := d.Hide(t.Context(), nine)
	var move *pciback.MoveError
	if !errors.As(err, &move) || !move.Hanging || !move.Stranded() || move.Step != unbind("e1000") {
		t.Fatalf("%#v", err)
	}
	want := []fakekernel.Written{{Name: "/sys/bus/pci/drivers/pciback/new_slot", Value: "0000:00:09.0"}}
	if diff := cmp.Diff(want, h.Writes()); diff != "" {
		t.Error("it went on:", diff)
	}
}

func TestMoveInterrupted(t *testing.T) {
	h, d := machine(t, "qemu")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Hide(ctx, nine)
	if !errors.Is(err, context.Canceled) || len(h.Writes()) > 0 {
		t.Errorf("%v after %v; want no write", err, h.Writes())
	}
}

func TestNoSuchDevice(t *testing.T) {
	h, d := machine(t, "qemu")
	absent := pci.Address{Slot: 0x1d}
	_, hideErr := d.Hide(t.Context(), absent)
	for verb, err := range map[string]error{"hide": hideErr, "unhide": d.Unhide(t.Context(), absent, pciback.AnyDriver)} {
		var missing *pciback.NoDeviceError
		if !errors.As(err, &missing) || missing.Device != absent || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if len(h.Writes()) > 0 {
		t.Errorf("written: %v", h.Writes())
	}
}

// TestMoveBeginsAnywhere takes up a move that was cut short after each step.
func TestMoveBeginsAnywhere(t *testing.T) {
	origin := pciback.State{Driver: "e1000"}
	to := pciback.HiddenFrom(origin, false)
	steps := pciback.Steps(nine, origin, to)
	for taken := range len(steps) + 1 {
		t.Run(fmt.Sprint(taken, " steps taken"), func(t *testing.T) {
			for _, end := range []pciback.State{to, origin} {
				h, d := machine(t, "qemu")
				for _, s := range steps[:taken] {
					must(t, h.Write(s.File, s.Value))
				}
				said, err := d.MoveOn(t.Context(), nine, origin, state(t, d, nine), end)
				must(t, err)
				if got := state(t, d, nine); got != end || said != end {
					t.Errorf("at %+v, said to be at %+v, want %+v", got, said, end)
				}
			}
		})
	}
}
