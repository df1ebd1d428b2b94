package engine_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestEachAsItIsWanted hides two cards, each in its own way.
func TestEachAsItIsWanted(t *testing.T) {
	m := unpack(t, "qemu")
	store := xenstoretest.Start(t, m.Host.Root)
	wanted := map[pci.Address]plan.HideOptions{nine: {Permissive: true, Name: "wan"}, ten: {Quarantine: true}}
	results, err := m.HideEach(m.context(t), []pci.Address{nine, ten}, wanted, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil || r.State == nil || !r.State.Hidden() {
			t.Errorf("%s: %v, %+v", r.Device, r.Err, r.State)
		}
	}
	permissive, err := m.Engine.FS.Attribute(pciback.PermissiveFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(nine.String(), permissive); diff != "" {
		t.Errorf("permissive (-want +got):\n%s", diff)
	}
	status, err := m.Status(m.context(t))
	must(t, err)
	for _, d := range status.Devices {
		if d.Permissive != (d.Device == nine) {
			t.Errorf("status: %s is permissive: %v", d.Device, d.Permissive)
		}
	}
	if name := store.Nodes()[pciback.LibxlNameNode(nine)]; name != "wan" {
		t.Errorf("the name of %s is %q", nine, name)
	}
	xen := enginetest.Xen{Root: m.Host.Root}
	if xen.Quarantined(nine) || !xen.Quarantined(ten) {
		t.Errorf("in quarantine: %s %v, %s %v", nine, xen.Quarantined(nine), ten, xen.Quarantined(ten))
	}
}

// TestPermissiveRefused lets the kernel refuse what comes after the bind: the
// device goes back to its driver.
func TestPermissiveRefused(t *testing.T) {
	m := unpack(t, "qemu")
	xenstoretest.Start(t, m.Host.Root)
	var refused []string
	m.OpenAttributes = func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
		return attribute.NewDirect(f, func(name, value string) error {
			if name == pciback.PermissiveFile {
				refused = append(refused, value)
				return &sysfs.AttrError{Op: "write", Path: name, Value: value, Err: syscall.EIO}
			}
			return m.Write(name, value)
		}, timeout), nil
	}
	results, err := m.Hide(m.context(t), []pci.Address{nine}, plan.HideOptions{Permissive: true, Quarantine: true}, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(refused, []string{nine.String()}) || results[0].Err == nil {
		t.Fatalf("refused %q, error %v", refused, results[0].Err)
	}
	if state := m.state(t, nine); state != (pciback.State{Driver: "e1000"}) {
		t.Errorf("%s is left at %+v", nine, state)
	}
}
