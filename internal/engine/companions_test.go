package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/platform"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// The USB controller in slot 1d of the desktop: three UHCI functions, and EHCI.
var (
	uhci  = []pci.Address{{Slot: 0x1d}, {Slot: 0x1d, Function: 1}, {Slot: 0x1d, Function: 2}}
	ehci  = pci.Address{Slot: 0x1d, Function: 7}
	usb   = append(uhci[:3:3], ehci)
	atUSB = map[pci.Address]string{usb[0]: "uhci_hcd", usb[1]: "uhci_hcd", usb[2]: "uhci_hcd", ehci: "ehci-pci"}
)

func (m machine) drivers(t *testing.T, devices ...pci.Address) map[pci.Address]string {
	t.Helper()
	at := map[pci.Address]string{}
	for _, a := range devices {
		at[a] = m.state(t, a).Driver
	}
	return at
}

func allHidden(devices ...pci.Address) map[pci.Address]string {
	at := map[pci.Address]string{}
	for _, a := range devices {
		at[a] = pciback.Name
	}
	return at
}

// TestCompanions hides a USB controller and gives it back, with a failure at every write.
// The fake kernel panics where the real one would corrupt its memory.
func TestCompanions(t *testing.T) {
	for _, test := range []struct {
		name   string
		hidden bool // before
	}{{"hide", false}, {"unhide", true}} {
		t.Run(test.name, func(t *testing.T) {
			act := func(m machine) []engine.Result {
				var results []engine.Result
				var err error
				if test.hidden {
					results, err = m.Unhide(m.context(t), usb, plan.UnhideOptions{}, engine.Options{})
				} else {
					results, err = m.Hide(m.context(t), usb, plan.HideOptions{}, engine.Options{})
				}
				must(t, err)
				return results
			}
			prepare := func(t *testing.T) machine {
				m := loaded(t, "desktop")
				if test.hidden {
					m.hide(t, usb...)
				}
				return m
			}
			m := prepare(t)
			begun := len(m.Writes())
			must(t, errorOf(act(m)...))
			want := atUSB
			if !test.hidden {
				want = allHidden(usb...)
			}
			if diff := cmp.Diff(want, m.drivers(t, usb...)); diff != "" {
				t.Fatal(diff)
			}
			for n := range len(m.Writes()) - begun {
				t.Run(fmt.Sprint("write ", n+1), func(t *testing.T) {
					m := prepare(t)
					faults, err := fakekernel.ParseFaults(fmt.Sprintf("write=%d:errno=EIO", n+1))
					must(t, err)
					m.Inject(faults...)
					failed := errorOf(act(m)...)
					m.Clear()
					must(t, errorOf(act(open(m.Host))...))
					if diff := cmp.Diff(want, m.drivers(t, usb...)); diff != "" {
						t.Errorf("after %v: %s", failed, diff)
					}
				})
			}
		})
	}
}

// TestCompanionsApart refuses what would corrupt the kernel's memory, whatever is forced,
// and writes nothing.
func TestCompanionsApart(t *testing.T) {
	some := uhci[:1]
	for _, test := range []struct {
		name         string
		hidden       []pci.Address // before
		act          func(context.Context, machine) ([]engine.Result, error)
		device, with pci.Address // in the error
	}{
		{"EHCI is to be hidden, and UHCI is", some, func(ctx context.Context, m machine) ([]engine.Result, error) {
			return m.Hide(ctx, []pci.Address{ehci}, plan.HideOptions{Force: true}, engine.Options{})
		}, ehci, uhci[0]},
		{"EHCI is to come back alone", usb, func(ctx context.Context, m machine) ([]engine.Result, error) {
			return m.Unhide(ctx, []pci.Address{ehci}, plan.UnhideOptions{}, engine.Options{})
		}, ehci, uhci[0]},
		{"UHCI is to come back alone", usb, func(ctx context.Context, m machine) ([]engine.Result, error) {
			return m.Unhide(ctx, some, plan.UnhideOptions{}, engine.Options{})
		}, uhci[0], ehci},
		{"all but one are to come back", usb, func(ctx context.Context, m machine) ([]engine.Result, error) {
			return m.Unhide(ctx, usb[1:], plan.UnhideOptions{}, engine.Options{DryRun: true})
		}, uhci[1], ehci},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "desktop")
			results, err := m.Hide(m.context(t), test.hidden, plan.HideOptions{Force: true}, engine.Options{})
			must(t, err)
			must(t, errorOf(results...))
			before := m.drivers(t, usb...)
			results, err = test.act(m.context(t), m)
			must(t, err)
			var apart *pciback.CompanionError
			if !errors.As(errorOf(results...), &apart) || *apart != (pciback.CompanionError{Device: test.device, Companion: test.with}) {
				t.Errorf("%v", errorOf(results...))
			}
			if diff := cmp.Diff(before, m.drivers(t, usb...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCompanionsInterrupted: a slot whose functions have left pciback gets its drivers.
func TestCompanionsInterrupted(t *testing.T) {
	m := loaded(t, "desktop")
	m.hide(t, usb...)
	ctx, cancel := context.WithCancel(m.context(t))
	onWrite(m.Ways, m.Host, func(name, value string) {
		if name == "/sys/bus/pci/drivers/pciback/unbind" && value == ehci.String() {
			cancel()
		}
	})
	results, err := m.Unhide(ctx, usb, plan.UnhideOptions{}, engine.Options{})
	must(t, errors.Join(err, errorOf(results...)))
	if diff := cmp.Diff(atUSB, m.drivers(t, usb...)); diff != "" {
		t.Error(diff)
	}
}

// TestCompanionsWithoutModules gives a USB controller back, whose drivers are not loaded,
// with a failure at every write: a module takes every free device when it is loaded.
func TestCompanionsWithoutModules(t *testing.T) {
	prepare := func(t *testing.T) machine {
		m := loaded(t, "desktop")
		m.hide(t, usb...)
		m.hide(t, pci.Address{Slot: 0x1a}, pci.Address{Slot: 0x1a, Function: 7})
		for _, module := range []string{"ehci-pci", "uhci-hcd"} {
			must(t, m.UnloadModule(module))
		}
		return m
	}
	// UHCI's module wants EHCI's to be loaded before it (its softdep).
	modprobe := func(m machine) {
		programs(m, func(args []string) error {
			if strings.HasSuffix(args[len(args)-1], "i20") {
				return m.LoadModule("ehci-pci")
			}
			return errors.Join(m.LoadModule("ehci-pci"), m.LoadModule("uhci-hcd"))
		})
	}
	all := append(usb[:4:4], pci.Address{Slot: 0x1a}, pci.Address{Slot: 0x1a, Function: 7})
	m := prepare(t)
	modprobe(m)
	begun := len(m.Writes())
	m.unhide(t, all...)
	for n := range len(m.Writes()) - begun {
		t.Run(fmt.Sprint("write ", n+1), func(t *testing.T) {
			m := prepare(t)
			modprobe(m)
			faults, err := fakekernel.ParseFaults(fmt.Sprintf("write=%d:errno=EIO", n+1))
			must(t, err)
			m.Inject(faults...)
			results, err := m.Unhide(m.context(t), all, plan.UnhideOptions{}, engine.Options{})
			must(t, err)
			m.Clear()
			m = open(m.Host)
			modprobe(m)
			m.unhide(t, all...)
			if diff := cmp.Diff(atUSB, m.drivers(t, usb...)); diff != "" {
				t.Errorf("after %v: %s", errorOf(results...), diff)
			}
		})
	}
}

// keeping is a hypervisor that does not give one device back.
type keeping struct {
	enginetest.Xen
	device pci.Address
}

func (x keeping) Release(a pci.Address) error {
	if a == x.device {
		return syscall.EBUSY
	}
	return x.Xen.Release(a)
}

// TestCompanionsInQuarantine moves nothing if Xen does not release one of them.
func TestCompanionsInQuarantine(t *testing.T) {
	for _, kept := range usb {
		t.Run(kept.String(), func(t *testing.T) {
			m := loaded(t, "desktop")
			m.hide(t, usb...)
			m.OpenXen = func(sysfs.FS) (engine.Hypervisor, error) {
				return keeping{enginetest.Xen{Root: m.Root}, kept}, nil
			}
			results, err := m.Unhide(m.context(t), usb, plan.UnhideOptions{}, engine.Options{})
			must(t, err)
			for _, r := range results {
				if r.Err == nil {
					t.Errorf("%s was given back", r.Device)
				}
			}
			for _, a := range usb {
				if got := m.state(t, a); got != hidden || !(enginetest.Xen{Root: m.Root}).Quarantined(a) {
					t.Errorf("%s: %+v", a, got)
				}
			}
		})
	}
}

// TestCompanionNeeded keeps a whole USB controller in dom0 that needs one of its functions.
func TestCompanionNeeded(t *testing.T) {
	for _, kept := range usb {
		t.Run(kept.String(), func(t *testing.T) {
			m := loaded(t, "desktop")
			m.Guard = func() *graph.Graph {
				devices, err := pci.ReadAll(m.Root, usb, usage.Reads)
				must(t, err)
				b := graph.NewBuilder(devices, func(pci.Device) string { return "" })
				b.Need(graph.Need{Code: graph.Mounted, Severity: graph.Refuse, Subject: "/srv", On: b.Function(kept)})
				platform.Scan(b, m.Engine.FS, devices)
				return b.Graph()
			}
			results, err := m.Hide(m.context(t), usb, plan.HideOptions{}, engine.Options{})
			must(t, err)
			for _, r := range results {
				if r.Device != kept && r.Err == nil && (r.Device == ehci || kept == ehci) {
					t.Errorf("%s was hidden", r.Device)
				}
			}
			if refused := m.Refused(m.devices(t, usb...)); len(refused) == 0 || kept == ehci && len(refused) != len(usb) {
				t.Errorf("at boot: %+v", refused)
			}
		})
	}
}

// TestCompanionsInterruptedInRelease puts back into the quarantine what was released.
func TestCompanionsInterruptedInRelease(t *testing.T) {
	for n := range len(usb) {
		t.Run(fmt.Sprint("after ", n+1), func(t *testing.T) {
			m := loaded(t, "desktop")
			m.hide(t, usb...)
			ctx, cancel := context.WithCancel(m.context(t))
			xen := enginetest.Xen{Root: m.Root}
			m.OpenXen = func(sysfs.FS) (engine.Hypervisor, error) {
				return &interrupting{xen, n + 1, cancel}, nil
			}
			_, err := m.Unhide(ctx, usb, plan.UnhideOptions{}, engine.Options{})
			must(t, err)
			for _, a := range usb {
				if got := m.state(t, a); got.Hidden() != xen.Quarantined(a) {
					t.Errorf("%s: %+v, in quarantine: %v", a, got, xen.Quarantined(a))
				}
			}
		})
	}
}

// interrupting is a hypervisor under which the run is interrupted after some releases.
type interrupting struct {
	enginetest.Xen
	after  int
	cancel func()
}

func (x *interrupting) Release(a pci.Address) error {
	if x.after--; x.after == 0 {
		x.cancel()
	}
	return x.Xen.Release(a)
}

// TestCompanionsRecovered completes an unhide that was killed after some writes, of a
// controller of which a guest has got a function since.
func TestCompanionsRecovered(t *testing.T) {
	for _, guests := range usb {
		t.Run(guests.String(), func(t *testing.T) {
			m := loaded(t, "desktop")
			server := xenstoretest.Start(t, m.Root)
			m.hide(t, usb...)
			var actions []plan.Action
			for _, a := range usb {
				actions = append(actions, plan.Action{Verb: plan.Unhide, Device: a, Origin: hidden, Target: pciback.GivenBack(atUSB[a]), Release: true})
			}
			must(t, begun(t, m, actions...).Close())
			xen := enginetest.Xen{Root: m.Root}
			give(t, m, server, guests, 7, "win")
			must(t, m.Recover(m.context(t)))
			for _, a := range usb {
				if got := m.state(t, a); got.Hidden() != xen.Quarantined(a) && a != guests || a == guests && !got.Hidden() {
					t.Errorf("%s: %+v, in quarantine: %v", a, got, xen.Quarantined(a))
				}
			}
			if at := m.drivers(t, usb...); at[ehci] != pciback.Name {
				t.Errorf("at %v", at)
			}
		})
	}
}
