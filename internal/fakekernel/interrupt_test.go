package fakekernel

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/internal/fakekernel/machine"
	"github.com/xenpci/xenpci/test/scratch"
)

var errDied = errors.New("the process died here")

// visible is the whole tree but for what an effect leaves behind on its way.
func visible(t *testing.T, h *Host) []archive.Entry {
	t.Helper()
	a, err := archive.Pack(h.Root)
	if err != nil {
		t.Fatal(err)
	}
	var kept []archive.Entry
	for _, e := range a.Entries {
		if e.Path != ".fakekernel/fresh" && !(e.Dir && strings.HasPrefix(e.Path, ".fakekernel/")) && e.Path != ".fakekernel/lock" {
			kept = append(kept, e)
		}
	}
	return kept
}

// unpackPart unpacks a machine with but a few of its devices: this test makes
// hundreds of them.
func unpackPart(t *testing.T, name string) *Host {
	t.Helper()
	wanted := []string{"0000:00:09.0", "0000:17:00.0", "0000:18:00.0", "0000:18:02.0", "0000:18:02.1", "0000:18:02.2"}
	for _, m := range machine.All() {
		if m.Name != name {
			continue
		}
		m.Devices = slices.DeleteFunc(m.Devices, func(d machine.Device) bool { return !slices.Contains(wanted, d.Address) })
		root := scratch.Dir(t)
		if err := archive.Unpack(m.Build(), root); err != nil {
			t.Fatal(err)
		}
		return Open(root)
	}
	t.Fatalf("no machine is called %s", name)
	return nil
}

// TestInterrupted lets a process die before each single change that an effect
// makes. The next process must find the effect finished, as a kernel would
// have finished it.
func TestInterrupted(t *testing.T) {
	const nic, pf = "0000:00:09.0", "0000:18:00.0"
	type step struct{ name, value string }
	unbindNIC := step{devices + "/" + nic + "/driver/unbind", nic}
	register := step{drivers + "/pciback/new_slot", nic}
	hold := step{drivers + "/pciback/bind", nic}
	vfToPciback := []step{{drivers + "/iavf/unbind", "0000:18:02.0"}, {drivers + "/pciback/new_slot", "0000:18:02.0"},
		{drivers + "/pciback/bind", "0000:18:02.0"}}
	tests := []struct {
		name, machine string
		before        []step
		last          step
	}{
		{"unbind", "sis190", nil, unbindNIC},
		{"new_slot", "sis190", nil, register},
		{"bind", "sis190", []step{unbindNIC, register}, hold},
		{"override and probe", "sis190", []step{unbindNIC, {devices + "/" + nic + "/driver_override", "pciback"}}, step{bus + "/drivers_probe", nic}},
		{"unbind from pciback", "sis190", []step{unbindNIC, register, hold}, step{drivers + "/pciback/unbind", nic}},
		{"back to the native driver", "sis190", []step{unbindNIC}, step{bus + "/drivers_probe", nic}},
		{"remove", "sis190", nil, step{devices + "/" + nic + "/remove", "1"}},
		{"rescan", "sis190", []step{{devices + "/" + nic + "/remove", "1"}}, step{bus + "/rescan", "1"}},
		{"unbind of a PF", "server", vfToPciback, step{drivers + "/i40e/unbind", pf}},
		{"VFs off", "server", nil, step{devices + "/" + pf + "/sriov_numvfs", "0"}},
		{"VFs on", "server", []step{{devices + "/" + pf + "/sriov_numvfs", "0"}}, step{devices + "/" + pf + "/sriov_numvfs", "3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := unpackPart(t, test.machine)
			if err := whole.LoadModule("xen-pciback"); err != nil {
				t.Fatal(err)
			}
			for _, s := range test.before {
				if err := whole.Write(s.name, s.value); err != nil {
					t.Fatal(err)
				}
			}
			prepared, err := archive.Pack(whole.Root)
			if err != nil {
				t.Fatal(err)
			}
			start := visible(t, whole)
			if err := whole.Write(test.last.name, test.last.value); err != nil {
				t.Fatal(err)
			}
			want := visible(t, whole)
			if reflect.DeepEqual(start, want) {
				t.Fatal("the write changes nothing")
			}
			deaths := 0
			for ; ; deaths++ {
				h := Open(scratch.Dir(t))
				if err := archive.Unpack(prepared, h.Root); err != nil {
					t.Fatal(err)
				}
				if done := writeUntil(t, h, test.last.name, test.last.value, deaths); done {
					break
				}
				if err := h.Write(bus+"/rescan", "0"); err != nil { // any write by another process
					t.Fatal(err)
				}
				if got := visible(t, h); !reflect.DeepEqual(got, want) && !reflect.DeepEqual(got, start) {
					t.Fatalf("died before change %d (-want +got):\n%s", deaths, cmp.Diff(want, got))
				}
			}
			if deaths < 2 {
				t.Errorf("only %d changes", deaths)
			}
		})
	}
}

// writeUntil makes the write, and dies before its change number last, counted
// from 0. It reports whether the write was complete before that.
func writeUntil(t *testing.T, h *Host, name, value string, last int) bool {
	t.Helper()
	file, err := h.open(name)
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	err = h.locked(func(k *kernel) error {
		k.change = func() error {
			if made++; made > last {
				return errDied
			}
			return nil
		}
		return k.write(file, value)
	})
	if err != nil && !errors.Is(err, errDied) {
		t.Fatal(fmt.Errorf("%s: %w", name, err))
	}
	return err == nil
}
