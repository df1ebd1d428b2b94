package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// listPassthrough prints a line for each device that the filter chooses: what it
// is doing, and whether a guest can have it. Without --all, a list of the whole machine
// is without bridges and parts of the host. Devices that cannot be read cost a
// line on stderr each, and the exit status 1.
func (a *app) listPassthrough(ctx context.Context, o *listOptions, names *pci.Names) error {
	devices, broken := a.choose(o.filter, 0)
	if broken != nil && devices == nil {
		return broken
	}
	described, err := a.host.Look().Check(ctx, names, addressesOf(devices)...)
	if err != nil {
		return err
	}
	a.warnOf(described.Notes)
	shown := described.Devices
	if !o.all && o.filter == (pci.Filter{}) {
		shown = slices.DeleteFunc(slices.Clone(shown), isHostPart)
	}
	if o.quiet {
		err = printAddresses(a.Out, shown)
	} else {
		err = a.printPassthrough(shown, described)
	}
	if err != nil {
		return err
	}
	errs := append(passthrough.AsErrors(broken), described.Errors...)
	a.warnOfErrors(errs)
	if len(errs) > 0 {
		return reported(passthrough.ClassFailed)
	}
	return nil
}

func isHostPart(d passthrough.Device) bool { return d.State == passthrough.DeviceHostPart }

func printAddresses(w io.Writer, devices []passthrough.Device) error {
	for _, d := range devices {
		if _, err := fmt.Fprintln(w, d.Address); err != nil {
			return err
		}
	}
	return nil
}

// The columns of the table.
const (
	columnAddress = iota
	columnDevice
	columnNames
	columnDriver
	columnState
	columnGuest
	columnWhy
)

// passthroughNarrow is how the table gives way to a narrow screen: the reasons go where less
// than a phrase of them would fit, then the names of the devices are cut.
var passthroughNarrow = []narrowing{
	{columnDevice, 36}, {columnWhy, 24}, {columnWhy, 0},
	{columnDevice, 24}, {columnState, 24}, {columnNames, 10}, {columnDevice, 14}, {columnState, 16}, {columnNames, 8},
	{columnDriver, 0}, {columnDevice, 14}, {columnState, 16}, {columnNames, 8}, {columnDevice, 10},
}

// printPassthrough prints those devices as a table, and on a terminal below it what the
// table has no room for.
func (a *app) printPassthrough(devices []passthrough.Device, all passthrough.Described) error {
	s := a.screenOf()
	t := table{titles: []string{"ADDRESS", "DEVICE", "NAME", "DRIVER", "STATE", "GUEST?", "WHY"}, narrow: passthroughNarrow}
	at := addressForm(s, deviceAddresses(devices))
	for _, d := range devices {
		t.rows = append(t.rows, passthroughRow(d, at, all.GuestsUnknown))
	}
	if err := t.print(a.Out, s); err != nil || !s.terminal() {
		return err
	}
	var below []string
	if reason := commonRefusal(devices); reason != "" {
		below = append(below, "nothing can be hidden: "+reason)
	}
	if reason := commonNoGuest(devices); reason != "" {
		below = append(below, "no guest: "+reason)
	}
	if hidden := len(all.Devices) - len(devices); hidden > 0 {
		below = append(below, fmt.Sprintf("not shown: bridges and parts of the host (%d); --all shows them", hidden))
	}
	for _, text := range below {
		fmt.Fprintln(a.Out, strings.Join(wrap(text, max(s.columns-len(columnGap), leastValue)), "\n"+columnGap))
	}
	return nil
}

// commonRefusal returns why this machine cannot hide anything, with what to do; "" where it
// can.
func commonRefusal(devices []passthrough.Device) string {
	for _, d := range devices {
		if d.Hide.Code == passthrough.CodeNoPciback {
			return withAdvice(d.Hide.Reason, d.Hide.Advice)
		}
	}
	return ""
}

// commonNoGuest returns the one reason why no guest can have any of several devices, with
// what to do; "" where they differ.
func commonNoGuest(devices []passthrough.Device) string {
	devices = slices.DeleteFunc(slices.Clone(devices), isHostPart)
	if len(devices) < 2 {
		return ""
	}
	first := noGuestReason(devices[0])
	if slices.ContainsFunc(devices, func(d passthrough.Device) bool { return noGuestReason(d) != first }) {
		return ""
	}
	return first
}

// addressForm returns how addresses are shown: on a terminal short, as they can be typed.
// All have the domain if one is not in domain 0.
func addressForm(s screen, devices []pci.Address) func(pci.Address) string {
	if !s.terminal() || slices.ContainsFunc(devices, func(a pci.Address) bool { return a.Domain != 0 }) {
		return pci.Address.String
	}
	return pci.Address.Short
}

func deviceAddresses(devices []passthrough.Device) []pci.Address {
	all := make([]pci.Address, len(devices))
	for i, d := range devices {
		all[i] = d.Address
	}
	return all
}

// namesWidth is how many characters of names a device has, beyond the first of them.
const namesWidth = 12

func passthroughRow(d passthrough.Device, at func(pci.Address) string, guestsUnknown bool) []cell {
	row := []cell{
		{text: at(d.Address)}, {text: d.Short}, {text: cmp.Or(few(d.KernelNames, namesWidth), wasNames(d.Was))}, {text: d.Driver},
		stateCell(d, guestsUnknown), forGuests(d), {text: whyCell(d)},
	}
	for i := range row {
		row[i].text = oneBlank(row[i].text)
		if d.State == passthrough.DeviceHostPart {
			row[i].colour = faint
		}
	}
	return row
}

// oneBlank makes one blank of several: two blanks are the end of a column.
func oneBlank(text string) string { return strings.Join(strings.Fields(text), " ") }

// whyCell returns why hide would not take the device, or why no guest can have it, or
// what else is to be known of it.
func whyCell(d passthrough.Device) string {
	var why []string
	switch {
	case d.Hide.Verdict == passthrough.VerdictRefused:
		why = append(why, d.Hide.Short)
	case d.Remark != nil:
		why = append(why, d.Remark.Reason)
	default:
		why = append(why, warnings(d)...)
	}
	if !d.Hidden && d.Slot == pciback.SlotRegistered {
		why = append(why, "its slot is registered")
	}
	if noGuest(d.Guests) && !isHostPart(d) {
		why = append(why, "no guest: "+d.Guests[0].Reason)
	}
	return strings.Join(why, "; ")
}

// warnings returns in a few words what dom0 would notice if the device were taken, and
// lives on without. What could not be found out is about every device, and is not in it.
func warnings(d passthrough.Device) (all []string) {
	if d.Hidden || isHostPart(d) {
		return nil
	}
	for _, f := range d.Findings {
		if f.Level == passthrough.LevelRefuse || strings.HasSuffix(string(f.Code), "_unknown") {
			continue
		}
		text := f.Short
		if len(f.Left) > 0 {
			text += " and on " + few(f.Left, usesWidth)
		}
		all = append(all, text)
	}
	return all
}

// noGuestReason returns why no kind of guest can have a device, with what to do; "" where
// one can, and where that is not known.
func noGuestReason(d passthrough.Device) string {
	if !noGuest(d.Guests) {
		return ""
	}
	advice := ""
	for _, h := range d.Hints {
		if h.Code == d.Guests[0].Code {
			advice = h.Advice
		}
	}
	return withAdvice(d.Guests[0].Reason, advice)
}
