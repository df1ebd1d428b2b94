package contract

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Port is a machine with a port into which an e1000e can be plugged while it runs.
type Port interface {
	Kernel
	Plug() error
	Pull() error
	// Uevents returns the kernel's messages about PCI devices since the last call,
	// "add 0000:01:00.0", when no more are to come.
	Uevents() []string
}

// hotRow is what happens below a port.
type hotRow struct {
	name     string
	modules  []string // in the order in which they are loaded
	slot     bool     // the slot is registered before
	do       []any    // Operations, and plug and pull
	driver   string
	override string // "(null)" for none
	slots    bool   // the slot is registered afterwards
	uevents  []string
}

// The operations of a port.
type portOperation string

const (
	plug portOperation = "plug"
	pull portOperation = "pull"
)

// hotRows return the rows about a card. Which driver gets it is decided by the order in
// which they registered with the bus.
func hotRows(card string) []hotRow {
	const native, back, none = "e1000e", "xen-pciback", "(null)"
	pcibackFirst, nativeFirst := []string{back, native}, []string{native, back}
	byOverride := write(device+card+"/driver_override", "pciback")
	said := func(actions ...string) []string {
		for i := range actions {
			actions[i] += " " + card
		}
		return actions
	}
	return []hotRow{
		{"slot, pciback first", pcibackFirst, true, []any{plug}, "pciback", none, true, said("add", "bind")},
		{"slot, e1000e first", nativeFirst, true, []any{plug}, native, none, true, said("add", "bind")},
		{"no slot, pciback first", pcibackFirst, false, []any{plug}, native, none, false, said("add", "bind")},
		{"no driver", []string{back}, false, []any{plug}, "", none, false, said("add")},
		{"slot, only pciback", []string{back}, true, []any{plug}, "pciback", none, true, said("add", "bind")},
		{"driver loaded late", []string{back}, false, []any{plug, load(native)}, native, none, false, said("add", "bind")},
		{"driver loaded late, pciback has it", []string{back}, true, []any{plug, load(native)}, "pciback", none, true, said("add", "bind")},
		{"driver loaded again after pciback", nativeFirst, true, []any{unload(native), load(native), plug}, "pciback", none, true, said("add", "bind")},
		{"pulled from its driver", nativeFirst, false, []any{plug, pull}, Gone, "", false, said("add", "bind", "unbind", "remove")},
		{"pulled from pciback: the slot stays", pcibackFirst, true, []any{plug, pull}, Gone, "", true, said("add", "bind", "unbind", "remove")},
		{"pulled without a driver", []string{back}, false, []any{plug, pull}, Gone, "", false, said("add", "remove")},
		{"plugged in again", pcibackFirst, true, []any{plug, pull, plug}, "pciback", none, true, said("add", "bind", "unbind", "remove", "add", "bind")},
		{"override, which says nothing", []string{back}, false, []any{plug, byOverride}, "", "pciback", false, said("add")},
		{"override and probe", []string{back}, false, []any{plug, byOverride, probe(card)}, "pciback", "pciback", true, said("add", "bind")},
		{"another card has no override", []string{back}, false, []any{plug, byOverride, pull, plug}, "", none, false, said("add", "remove", "add")},
		{"hidden by hand", nativeFirst, true, []any{plug, unbind(native, card), bind("pciback", card)}, "pciback", none, true,
			said("add", "bind", "unbind", "bind")},
		{"pciback unloaded", pcibackFirst, true, []any{plug, unload(back)}, "", none, false, said("add", "bind", "unbind")},
	}
}

// RunCard tests what happens when a card comes and goes. Its address is card when it is there.
func RunCard(t *testing.T, p Port, fs sysfs.FS, card string) {
	r := portRunner{p, view{fs}}
	for _, row := range hotRows(card) {
		t.Run(row.name, func(t *testing.T) { r.hot(t, row, card) })
	}
}

type portRunner struct {
	port Port
	view
}

func (r portRunner) do(operation any) error {
	switch o := operation.(type) {
	case portOperation:
		if o == plug {
			return r.port.Plug()
		}
		return r.port.Pull()
	case Operation:
		switch {
		case o.Load != "":
			return r.port.LoadModule(o.Load, o.Params...)
		case o.Unload != "":
			return r.port.UnloadModule(o.Unload)
		}
		return r.port.Write(o.File, o.Value)
	}
	return errors.ErrUnsupported
}

// all makes operations that must succeed.
func (r portRunner) all(t *testing.T, operations ...any) {
	t.Helper()
	for _, o := range operations {
		if err := r.do(o); err != nil {
			t.Fatalf("%v: %v", o, err)
		}
	}
}

func (r portRunner) hot(t *testing.T, row hotRow, card string) {
	if r.driver(card) != Gone {
		r.all(t, pull)
	}
	r.all(t, unload("xen-pciback"), unload("e1000e"))
	for _, name := range row.modules {
		r.all(t, load(name))
	}
	if row.slot {
		r.all(t, newSlot(card))
	}
	r.port.Uevents()
	r.all(t, row.do...)
	uevents := r.port.Uevents()
	override, _ := r.fs.Attribute(device + card + "/driver_override") // "" for a removed device
	got := hotRow{driver: r.driver(card), override: override, slots: slices.Contains(r.slots(), card), uevents: uevents}
	want := hotRow{driver: row.driver, override: row.override, slots: row.slots, uevents: row.uevents}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(hotRow{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
