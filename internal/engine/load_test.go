package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// programs lets do stand for modprobe, and notes how it was called.
func programs(m machine, do func(args []string) error) *events {
	e := &events{}
	m.Run = func(_ context.Context, _ sysfs.FS, _ time.Duration, args ...string) error {
		e.add(strings.Join(args, " "))
		return do(args)
	}
	return e
}

func TestLoadPciback(t *testing.T) {
	errInit := &program.Error{Args: []string{"modprobe", "xen-pciback"}, Err: errors.New("exit status 1")}
	for _, test := range []struct {
		name     string
		prepare  func(machine) error
		modprobe func(machine) error
		calls    []string
		want     string // in the error; "" for success
	}{
		{"loaded through modprobe", func(machine) error { return nil }, func(m machine) error { return m.LoadModule("xen-pciback") },
			[]string{"modprobe xen-pciback"}, ""},
		{"loaded already", func(m machine) error { return m.LoadModule("xen-pciback") }, nil, nil, ""},
		{"built in", func(m machine) error { return m.BuildIn() }, nil, nil, ""},
		{"built in, and Xen does not run", func(m machine) error {
			err := m.BuildIn()
			for _, sign := range []string{"proc/xen", "sys/hypervisor", "sys/bus/xen-backend"} {
				err = errors.Join(err, os.RemoveAll(filepath.Join(m.Root, sign)))
			}
			return err
		}, nil, nil, "not running Xen"},
		{"not in this kernel", func(m machine) error { return m.LeaveOut() }, nil, nil, "built without CONFIG_XEN_PCIDEV_BACKEND"},
		{"modprobe fails", func(machine) error { return nil }, func(machine) error { return errInit },
			[]string{"modprobe xen-pciback"}, "could not be loaded: modprobe xen-pciback: exit status 1"},
		{"modprobe says that it did", func(machine) error { return nil }, func(machine) error { return nil },
			[]string{"modprobe xen-pciback"}, "/sys/bus/pci/drivers/pciback is not there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := unpack(t, "qemu")
			must(t, test.prepare(m))
			calls := programs(m, func([]string) error { return test.modprobe(m) })
			results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
			if diff := cmp.Diff(test.calls, calls.all); diff != "" {
				t.Error(diff)
			}
			if test.want == "" {
				must(t, errors.Join(err, errorOf(results...)))
				if got := m.state(t, nine); got != hidden {
					t.Errorf("at %+v", got)
				}
				return
			}
			var module *pciback.ModuleError
			if !errors.As(err, &module) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if got := m.state(t, nine); got != onE1000 || len(m.Writes()) > 0 || len(m.journals(t)) > 0 {
				t.Errorf("at %+v after %v, left %v", got, m.Writes(), m.journals(t))
			}
		})
	}
}

// TestLoadDriver gives back to drivers whose module is not there.
func TestLoadDriver(t *testing.T) {
	const modalias = "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, m machine)
		calls   []string
		want    pciback.State
	}{
		{"its module was removed since", func(t *testing.T, m machine) { m.hide(t, nine) },
			[]string{"modprobe -b -q " + modalias}, onE1000},
		{"nobody has it, and its module takes it when it comes", func(t *testing.T, m machine) {
			m.hide(t, nine)
			must(t, m.Write("/sys/bus/pci/drivers/pciback/unbind", "0000:00:09.0"))
			must(t, m.Write("/sys/bus/pci/drivers/pciback/remove_slot", "0000:00:09.0"))
		}, []string{"modprobe -b -q " + modalias}, onE1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			xenstoretest.Start(t, m.Root)
			test.prepare(t, m)
			must(t, m.UnloadModule("e1000"))
			calls := programs(m, func([]string) error { return m.LoadModule("e1000") })
			m.unhide(t, nine)
			if diff := cmp.Diff(test.calls, calls.all); diff != "" {
				t.Error(diff)
			}
			if got := m.state(t, nine); got != test.want {
				t.Errorf("at %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestOriginWithoutXenstored: the driver that a device came from is noted where
// there is no xenstored to note it.
func TestOriginWithoutXenstored(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(*testing.T, machine)
		want    pciback.State
	}{
		{"from its driver", func(t *testing.T, m machine) {
			m.hide(t, nine)
			record, err := os.ReadFile(filepath.Join(m.Root, "run/xenpci/origin/0000:00:09.0"))
			if err != nil || string(record) != `{"driver":"e1000"}` {
				t.Errorf("noted %s, %v", record, err)
			}
		}, onE1000},
		{"from none: to the one that matches", func(t *testing.T, m machine) {
			must(t, m.Write("/sys/bus/pci/drivers/e1000/unbind", "0000:00:09.0"))
			m.hide(t, nine)
		}, onE1000},
		{"the record was cut: the one that matches", func(t *testing.T, m machine) {
			m.hide(t, nine)
			must(t, os.WriteFile(filepath.Join(m.Root, "run/xenpci/origin/0000:00:09.0"), []byte(`{"dri`), 0o600))
		}, onE1000},
		{"the record was lost with a restart", func(t *testing.T, m machine) {
			m.hide(t, nine)
			must(t, os.RemoveAll(filepath.Join(m.Root, "run/xenpci")))
		}, onE1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loaded(t, "qemu")
			test.prepare(t, m)
			m.unhide(t, nine)
			if got := m.state(t, nine); got != test.want {
				t.Errorf("at %+v, want %+v", got, test.want)
			}
			if left, _ := filepath.Glob(filepath.Join(m.Root, "run/xenpci/origin/*")); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestUnhideToAnotherDriver(t *testing.T) {
	m := loaded(t, "qemu")
	m.hide(t, nine)
	results, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{Driver: "8139cp"}, engine.Options{})
	must(t, err)
	var move *pciback.MoveError
	if !errors.As(results[0].Err, &move) || move.Stranded() {
		t.Errorf("a driver that does not know the device: %v", results[0].Err)
	}
	if got := m.state(t, nine); got != hidden {
		t.Errorf("at %+v", got)
	}
	results, err = m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{Driver: "no-such-driver"}, engine.Options{})
	must(t, err)
	if results[0].Err == nil || m.state(t, nine) != hidden {
		t.Errorf("a driver that is not there: %v, at %+v", results[0].Err, m.state(t, nine))
	}
}
