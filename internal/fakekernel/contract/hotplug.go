package contract

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Port is a machine with a port into which an e1000e can be plugged while it runs. On its
// root bus is a PF with two VFs, whose driver is nvme.
type Port interface {
	Kernel
	Plug() error
	Pull() error
	// Uevents returns the kernel's messages about PCI devices since the last call,
	// "add 0000:01:00.0", when no more are to come.
	Uevents() []string
}

// Cards are the addresses of the card, when it is plugged in, and of the VFs with their PF.
type Cards struct {
	Card, PF string
	VFs      [2]string
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

// RunPort tests what happens when cards and VFs come and go.
func RunPort(t *testing.T, p Port, fs sysfs.FS, cards Cards) {
	r := portRunner{p, view{fs}, cards}
	for _, row := range hotRows(cards.Card) {
		t.Run(row.name, func(t *testing.T) { r.hot(t, row) })
	}
	for _, row := range vfRows(cards) {
		t.Run("VFs/"+row.name, func(t *testing.T) { r.virtual(t, row) })
	}
}

type portRunner struct {
	port Port
	view
	cards Cards
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

// modules unloads pciback and the card's driver, and loads them in an order.
func (r portRunner) modules(t *testing.T, names ...string) {
	t.Helper()
	if r.driver(r.cards.Card) != Gone {
		r.all(t, pull)
	}
	r.all(t, unload("xen-pciback"), unload("e1000e"))
	for _, name := range names {
		r.all(t, load(name))
	}
}

func (r portRunner) hot(t *testing.T, row hotRow) {
	r.modules(t, row.modules...)
	if row.slot {
		r.all(t, newSlot(r.cards.Card))
	}
	r.port.Uevents()
	r.all(t, row.do...)
	uevents := r.port.Uevents()
	override, _ := r.fs.Attribute(device + r.cards.Card + "/driver_override") // "" for a removed device
	got := hotRow{driver: r.driver(r.cards.Card), override: override, slots: slices.Contains(r.slots(), r.cards.Card), uevents: uevents}
	want := hotRow{driver: row.driver, override: row.override, slots: row.slots, uevents: row.uevents}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(hotRow{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// vfRow is what happens to VFs. None is enabled before.
type vfRow struct {
	name    string
	do      []any
	want    syscall.Errno // of the last operation
	drivers [2]string     // of the two VFs
	uevents []string
}

// vfRows return the rows about VFs. No driver probes them but one that an override or a
// slot names, since the PF says so: the real nvme gives up on them after it was bound.
func vfRows(c Cards) []vfRow {
	pf, one, two := c.PF, c.VFs[0], c.VFs[1]
	vfs := func(number string) Operation { return write(device+pf+"/sriov_numvfs", number) }
	hideOne := []any{write(device+one+"/driver_override", "pciback"), probe(one)}
	two2 := []string{"add " + one, "change " + one, "add " + two, "change " + two, "change " + pf}
	hidden := slices.Concat(two2, []string{"bind " + one})
	return []vfRow{
		{"two", []any{vfs("2")}, 0, [2]string{}, two2},
		{"three", []any{vfs("3")}, syscall.ERANGE, [2]string{Gone, Gone}, nil},
		{"one more", []any{vfs("1"), vfs("2")}, syscall.EBUSY, [2]string{"", Gone}, []string{"add " + one, "change " + one, "change " + pf}},
		{"none", []any{vfs("2"), vfs("0")}, 0, [2]string{Gone, Gone}, append(slices.Clone(two2), "remove "+one, "remove "+two)},
		{"hidden", append([]any{vfs("2")}, hideOne...), 0, [2]string{"pciback", ""}, hidden},
		{"none while pciback has one", slices.Concat([]any{vfs("2")}, hideOne, []any{vfs("0")}), syscall.EPERM, [2]string{"pciback", ""}, hidden},
		{"none after it was given back", slices.Concat([]any{vfs("2")}, hideOne, []any{unbind("pciback", one), vfs("0")}), 0, [2]string{Gone, Gone},
			append(slices.Clone(hidden), "unbind "+one, "remove "+one, "remove "+two)},
		{"made again: no override", slices.Concat([]any{vfs("2")}, hideOne, []any{unbind("pciback", one), vfs("0"), vfs("2")}), 0, [2]string{},
			slices.Concat(hidden, []string{"unbind " + one, "remove " + one, "remove " + two}, two2)},
	}
}

func (r portRunner) virtual(t *testing.T, row vfRow) {
	pf := device + r.cards.PF
	for _, vf := range r.cards.VFs {
		if r.driver(vf) == "pciback" {
			r.all(t, unbind("pciback", vf))
		}
	}
	r.all(t, write(pf+"/sriov_numvfs", "0"), write(pf+"/sriov_drivers_autoprobe", "0"))
	r.modules(t, "xen-pciback")
	r.port.Uevents()
	last := len(row.do) - 1
	r.all(t, row.do[:last]...)
	if got := errnoOf(r.do(row.do[last])); got != row.want {
		t.Errorf("want %s, got %s", answer(row.want), answer(got))
	}
	got := vfRow{drivers: [2]string{r.driver(r.cards.VFs[0]), r.driver(r.cards.VFs[1])}}
	for _, uevent := range r.port.Uevents() {
		if address := uevent[strings.LastIndexByte(uevent, ' ')+1:]; address == r.cards.PF || slices.Contains(r.cards.VFs[:], address) {
			got.uevents = append(got.uevents, uevent)
		}
	}
	want := vfRow{drivers: row.drivers, uevents: row.uevents}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(vfRow{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
