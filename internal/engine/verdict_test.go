package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestVerdict wants of every device of a machine what a dry run says of it
// alone.
func TestVerdict(t *testing.T) {
	for _, test := range []struct {
		name, archive string
		prepare       func(t *testing.T, m machine)
	}{
		{"nothing hidden, the module not loaded", "server", func(*testing.T, machine) {}},
		{"one is hidden", "qemu", func(t *testing.T, m machine) { m.hide(t, nine) }},
		{"a guest has one", "qemu", func(t *testing.T, m machine) {
			server := xenstoretest.Start(t, m.Root)
			m.hide(t, nine, ten)
			give(t, m, server, nine, 7, "router")
		}},
		{"a guest has one, nobody knows which", "qemu", func(t *testing.T, m machine) {
			m.hide(t, nine)
			give(t, m, nil, nine, 7, "router")
		}},
		{"behind a VMD controller", "laptop", func(*testing.T, machine) {}},
		{"a CardBus bridge", "desktop", func(*testing.T, machine) {}},
		{"without pciback", "qemu", func(t *testing.T, m machine) { must(t, m.LeaveOut()) }},
		{"without Xen", "qemu", func(t *testing.T, m machine) {
			must(t, errors.Join(os.RemoveAll(filepath.Join(m.Root, "proc/xen")), os.RemoveAll(filepath.Join(m.Root, "sys/hypervisor"))))
		}},
		{"bound, but its slot is missing", "qemu", func(t *testing.T, m machine) {
			m.hide(t, nine)
			must(t, m.Write("/sys/bus/pci/drivers/pciback/remove_slot", nine.String()))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := unpack(t, test.archive)
			test.prepare(t, m)
			devices, err := pci.List(m.Root)
			must(t, err)
			before := tree(t, m.Root)
			status, err := m.Judge(m.context(t), devices...)
			must(t, err)
			got, want := map[pci.Address]string{}, map[pci.Address]string{}
			for _, d := range status.Devices {
				got[d.Device] = text(d.Hide.Already, d.Hide.Err)
				results, err := m.Hide(m.context(t), []pci.Address{d.Device}, plan.HideOptions{Quarantine: true}, engine.Options{DryRun: true})
				if err == nil {
					err = results[0].Err
				}
				want[d.Device] = text(err == nil && results[0].Already, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, tree(t, m.Root)); diff != "" {
				t.Errorf("it changed something: %s", diff)
			}
		})
	}
}

func text(already bool, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case already:
		return "already"
	}
	return "yes"
}

// unreadable fails to read one attribute.
type unreadable struct {
	attribute.Access
	name string
}

func (u unreadable) Read(ctx context.Context, name string) (string, error) {
	if name == u.name {
		return "", &sysfs.AttrError{Op: "read", Path: name, Err: syscall.EIO}
	}
	return u.Access.Read(ctx, name)
}

// TestVerdictOfWhatCannotBeRead: what waits for nothing is said all the same.
func TestVerdictOfWhatCannotBeRead(t *testing.T) {
	m := loaded(t, "qemu")
	m.hide(t, nine)
	open := m.OpenAttributes
	m.OpenAttributes = func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
		access, err := open(f, timeout)
		return unreadable{access, "/sys/bus/pci/devices/0000:00:09.0/driver_override"}, err
	}
	status, err := m.Judge(m.context(t), nine, ten)
	must(t, err)
	got := status.Devices[0]
	if got.State != hidden || got.Err == nil || got.Hide.Err != got.Err {
		t.Errorf("%+v", got)
	}
	if got := status.Devices[1]; got.Err != nil || got.Hide != (engine.Verdict{}) {
		t.Errorf("the other: %+v", got)
	}
}
