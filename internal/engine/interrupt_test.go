package engine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// wired is a hypervisor that tells no interrupts, or does not connect them.
type wired struct {
	enginetest.Xen
	gsi, connect error // nil: as enginetest.Xen does
}

func (x wired) GSI(a pci.Address) (uint32, error) {
	if x.gsi != nil {
		return 0, fmt.Errorf("%s: %w", a, x.gsi)
	}
	return x.Xen.GSI(a)
}

func (x wired) Connect(gsi uint32) error {
	if x.connect != nil {
		return fmt.Errorf("interrupt %d: %w", gsi, x.connect)
	}
	return x.Xen.Connect(gsi)
}

// pvh is a machine whose dom0 is PVH, with pciback, and drivers that have requested no
// interrupt yet.
func pvh(t *testing.T, gsi, connect error) machine {
	t.Helper()
	m := loaded(t, "qemu")
	must(t, m.BecomePVH())
	m.OpenXen = func(sysfs.FS) (engine.Hypervisor, error) {
		return wired{enginetest.Xen{Root: m.Root}, gsi, connect}, nil
	}
	return m
}

// requests has e1000 request the interrupt of nine as soon as it has the card.
func (m machine) requests(t *testing.T) {
	t.Helper()
	m.Had = func(a pci.Address) bool { // the engine asks when the driver is bound
		must(t, m.Request(a.String()))
		return false
	}
}

// noted are the interrupts that are noted.
func (m machine) noted(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(m.Root, "run/xenpci/interrupt/*"))
	must(t, err)
	noted := map[string]string{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		must(t, err)
		noted[filepath.Base(name)] = string(content)
	}
	return noted
}

// TestInterruptIsConnected: what no driver had opened before it was hidden gets its interrupts
// when it is given back.
func TestInterruptIsConnected(t *testing.T) {
	t.Parallel()
	m := pvh(t, nil, nil)
	m.hide(t, nine)
	m.requests(t)
	r := m.unhide(t, nine)[0]
	if diff := cmp.Diff(&engine.Interrupt{GSI: 10, Connected: true, Arrived: 1}, r.Interrupt); diff != "" {
		t.Error(diff)
	}
	if m.said.all() != "" || len(m.noted(t)) > 0 || m.Interrupts(nine.String()) != 1 {
		t.Errorf("%q, %v, %d interrupts", m.said.all(), m.noted(t), m.Interrupts(nine.String()))
	}
	must(t, m.Request(nine.String()))
	if got := m.Interrupts(nine.String()); got != 2 {
		t.Errorf("%d interrupts", got)
	}
}

// TestInterruptLater: Xen is told nothing before a driver has requested the interrupt, since the
// card would never get any. When it has, unhide does the rest.
func TestInterruptLater(t *testing.T) {
	t.Parallel()
	m := pvh(t, nil, nil)
	m.hide(t, nine)
	r := m.unhide(t, nine)[0]
	if diff := cmp.Diff(&engine.Interrupt{GSI: 10}, r.Interrupt); diff != "" || r.State.Driver != "e1000" {
		t.Errorf("%+v: %s", r.State, diff)
	}
	if got := m.said.all(); !strings.HasPrefix(got, "0000:00:09.0: interrupt_later: ") || !strings.Contains(got, "(10)") {
		t.Errorf("%q", got)
	}
	if diff := cmp.Diff(map[string]string{"0000:00:09.0": "10\n"}, m.noted(t)); diff != "" {
		t.Error(diff)
	}
	for chosen, want := range map[pci.Address]int{{}: 1, nine: 1, ten: 0} {
		var devices []pci.Address
		if chosen != (pci.Address{}) {
			devices = []pci.Address{chosen}
		}
		status, err := m.Status(m.context(t), devices...)
		must(t, err)
		if len(status.Notes) != want || want > 0 && (status.Notes[0].Code != engine.InterruptLater || *status.Notes[0].Device != nine) {
			t.Errorf("the status of %v notes %+v", devices, status.Notes)
		}
	}
	must(t, m.Request(nine.String()))
	if got := m.Interrupts(nine.String()); got != 0 {
		t.Fatalf("%d interrupts: the fake kernel does not lose them", got)
	}
	r = m.unhide(t, nine)[0]
	if diff := cmp.Diff(&engine.Interrupt{GSI: 10, Connected: true, Arrived: 1}, r.Interrupt); diff != "" || !r.Already {
		t.Errorf("again: already %v: %s", r.Already, diff)
	}
	if len(m.noted(t)) > 0 {
		t.Errorf("noted: %v", m.noted(t))
	}

	// Xen does not forget it.
	m.said.lines = nil
	m.hide(t, nine)
	if r := m.unhide(t, nine)[0]; r.Interrupt != nil || m.said.all() != "" {
		t.Errorf("hidden and given back again: %+v, %q", r.Interrupt, m.said.all())
	}
	must(t, m.Request(nine.String()))
	if got := m.Interrupts(nine.String()); got != 2 {
		t.Errorf("%d interrupts", got)
	}
}

// TestInterruptLateMessages: nobody waits for the line of a card that has MSI-X, and its note goes
// when its driver uses that. Its driver may request the line all the same.
func TestInterruptLateMessages(t *testing.T) {
	for name, use := range map[string]func(t *testing.T, m machine){
		"MSI-X": func(t *testing.T, m machine) {
			folder := filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "msi_irqs")
			must(t, os.Mkdir(folder, 0o755))
			must(t, os.WriteFile(filepath.Join(folder, "40"), []byte("msix\n"), 0o644))
		},
		"its line": func(t *testing.T, m machine) { must(t, m.Request(nine.String())) },
	} {
		t.Run(name, func(t *testing.T) {
			m := pvh(t, nil, nil)
			config := make([]byte, 256)
			config[0x06], config[0x34], config[0x3d], config[0x40] = 0x10, 0x40, 1, 0x11 // capabilities, the first, pin A, MSI-X
			must(t, os.WriteFile(filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "config"), config, 0o644))
			m.hide(t, nine)
			m.unhide(t, nine)
			status, err := m.Status(m.context(t))
			must(t, err)
			if len(m.noted(t)) != 1 || len(status.Notes) > 0 || m.said.all() != "" {
				t.Errorf("given back: noted: %v, status: %+v, said: %q", m.noted(t), status.Notes, m.said.all())
			}
			if connected, waiting, err := m.ConnectLate(m.context(t)); len(connected) > 0 || waiting != 0 || err != nil {
				t.Errorf("before its driver uses it: %v, %d, %v", connected, waiting, err)
			}
			use(t, m)
			var want []pci.Address
			if name == "its line" {
				want = []pci.Address{nine}
			}
			connected, waiting, err := m.ConnectLate(m.context(t))
			must(t, err)
			if diff := cmp.Diff(want, connected); diff != "" || waiting != 0 || len(m.noted(t)) > 0 {
				t.Errorf("%d wait, noted: %v, connected: %s", waiting, m.noted(t), diff)
			}
		})
	}
}

// TestInterruptLateLeavesAlone: a device that was hidden again, that went, or whose driver requests
// nothing, and a note without a number.
func TestInterruptLateLeavesAlone(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, m machine){
		"hidden again": func(t *testing.T, m machine) { m.hide(t, nine) },
		"no number": func(t *testing.T, m machine) {
			must(t, m.Request(nine.String()))
			must(t, os.WriteFile(filepath.Join(m.Root, "run/xenpci/interrupt", nine.String()), []byte("ten\n"), 0o644))
		},
		"held for others": func(t *testing.T, m machine) {
			link := filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "driver")
			must(t, os.Remove(link))
			must(t, os.Symlink("../../../bus/pci/drivers/pci-stub", link))
		},
		"gone": func(t *testing.T, m machine) {
			must(t, m.Write("/sys/bus/pci/devices/"+nine.String()+"/remove", "1"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := pvh(t, nil, errors.New("Xen was told"))
			m.hide(t, nine)
			m.unhide(t, nine)
			m.said.lines = nil
			prepare(t, m)
			if connected, waiting, err := m.ConnectLate(m.context(t)); len(connected) > 0 || waiting != 0 || err != nil || m.said.all() != "" {
				t.Errorf("%v, %d, %v, %q", connected, waiting, err, m.said.all())
			}
		})
	}
}

// TestInterruptInterrupted: the interrupt is noted before pciback lets go of the card, so that
// the run which completes an unhide that was killed connects it.
func TestInterruptInterrupted(t *testing.T) {
	m := pvh(t, nil, nil)
	m.hide(t, nine)
	var noted map[string]string
	onWrite(m.Ways, m.Host, func(name, _ string) {
		if strings.HasSuffix(name, "/pciback/unbind") {
			noted = m.noted(t)
		}
	})
	m.unhide(t, nine)
	if diff := cmp.Diff(map[string]string{"0000:00:09.0": "10\n"}, noted); diff != "" {
		t.Errorf("when pciback let go of it: %s", diff)
	}

	// That it was killed there leaves the journal and the note.
	must(t, begun(t, m, plan.Action{Verb: plan.Unhide, Device: nine, Origin: hidden, Target: pciback.GivenBack("e1000")}).Close())
	must(t, m.Request(nine.String()))
	must(t, m.Recover(m.context(t)))
	if got := m.Interrupts(nine.String()); got != 1 || len(m.noted(t)) > 0 {
		t.Errorf("%d interrupts, noted: %v", got, m.noted(t))
	}
}

// TestInterruptLostByOthers: another program gave the card back.
func TestInterruptLostByOthers(t *testing.T) {
	m := pvh(t, nil, nil)
	m.hide(t, nine)
	must(t, m.Write("/sys/bus/pci/drivers/pciback/unbind", nine.String()))
	must(t, m.Write("/sys/bus/pci/drivers/pciback/remove_slot", nine.String()))
	must(t, m.Write("/sys/bus/pci/drivers/e1000/bind", nine.String()))
	must(t, m.Request(nine.String()))
	if got := m.Interrupts(nine.String()); got != 0 {
		t.Fatalf("%d interrupts: the fake kernel does not lose them", got)
	}
	r := m.unhide(t, nine)[0]
	if diff := cmp.Diff(&engine.Interrupt{GSI: 10, Connected: true, Arrived: 1}, r.Interrupt); diff != "" || m.said.all() != "" {
		t.Errorf("%q: %s", m.said.all(), diff)
	}
}

// TestInterruptNeedsNothing: where nothing is lost, Xen is told nothing, and nobody is warned.
func TestInterruptNeedsNothing(t *testing.T) {
	never := errors.New("Xen was told")
	tests := []struct {
		name    string
		gsi     error
		prepare func(t *testing.T, m machine) // when it is hidden; nil: its driver has requested it before
	}{
		{"a PV dom0", nil, func(t *testing.T, m machine) {
			must(t, os.WriteFile(filepath.Join(m.Root, "sys/hypervisor/guest_type"), []byte("PV\n"), 0o644))
		}},
		{"a kernel that sets nothing up", domctl.ErrNoGSI, func(*testing.T, machine) {}},
		{"a driver had requested it before", nil, nil},
		{"interrupts by messages", nil, func(t *testing.T, m machine) {
			must(t, os.Mkdir(filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "msi_irqs"), 0o755))
			must(t, os.WriteFile(filepath.Join(m.Root, "sys/bus/pci/devices", nine.String(), "msi_irqs/40"), []byte("msi\n"), 0o644))
			m.requests(t)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := pvh(t, test.gsi, never)
			if test.prepare == nil {
				must(t, m.Request(nine.String()))
			}
			m.hide(t, nine)
			if test.prepare != nil {
				test.prepare(t, m)
			}
			if r := m.unhide(t, nine)[0]; r.Interrupt != nil || m.said.all() != "" || len(m.noted(t)) > 0 {
				t.Errorf("%+v, %q, %v", r.Interrupt, m.said.all(), m.noted(t))
			}
		})
	}
}

// TestInterruptRefused: the card is given back all the same, and the warning says what it lacks.
func TestInterruptRefused(t *testing.T) {
	for _, cause := range []error{hypercall.ErrInterface, syscall.EPERM} {
		m := pvh(t, nil, cause)
		m.hide(t, nine)
		m.requests(t)
		r := m.unhide(t, nine)[0]
		if diff := cmp.Diff(&engine.Interrupt{GSI: 10}, r.Interrupt); diff != "" {
			t.Error(diff)
		}
		if got := m.said.all(); !strings.HasPrefix(got, "0000:00:09.0: interrupt_unconnected: ") || !strings.Contains(got, cause.Error()) {
			t.Errorf("%q", got)
		}
		if got := m.state(t, nine); got != (pciback.State{Driver: "e1000"}) {
			t.Errorf("at %+v", got)
		}
		if diff := cmp.Diff(map[string]string{"0000:00:09.0": "10\n"}, m.noted(t)); diff != "" {
			t.Error(diff)
		}
	}
}
