package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// fact is a line on the machine.
type fact struct {
	text string
	mark mark
}

// machineFacts are the lines above the devices.
func machineFacts(s passthrough.Status, all bool) []fact {
	facts := []fact{xenFact(s.Xen), iommuFact(s.IOMMU), pcibackFact(s.Pciback)}
	if !all {
		return facts
	}
	c := s.Counts
	atLeast := ""
	if s.ListUnread {
		atLeast = "at least "
	}
	devices := fmt.Sprintf("devices: %d hidden, %d assigned to guests, %s%d declared", c.Hidden, c.Assigned, atLeast, c.Declared)
	mark := noMark
	if c.Unfinished > 0 {
		devices, mark = fmt.Sprintf("%s, %d unfinished", devices, c.Unfinished), attention
	}
	facts = append(facts, fact{devices, mark})
	if s.Trial != nil {
		facts = append(facts, fact{trialWords(*s.Trial), attention})
	}
	if f, ok := daemonFact(s.Daemon); ok {
		facts = append(facts, f)
	}
	if s.ListUnread {
		facts = append(facts, fact{"at boot: a part of the declared list cannot be read, and the devices in it are not hidden; correct it, then 'xenpci verify'", attention})
	}
	switch {
	case c.Declared == 0 && s.ListUnread && len(s.Layers) == 0:
		return facts
	case c.Declared > 0 && len(s.Layers) == 0:
		return append(facts, fact{"at boot: no layer of xenpci is enabled; 'xenpci verify' says what hides the devices", attention})
	case c.Declared > 0:
		return append(facts, fact{"at boot: the declared devices are hidden by " + layerWords(s.Layers), noMark})
	case len(s.Layers) > 0:
		return append(facts, fact{"at boot: no device is declared; enabled: " + layerWords(s.Layers), noMark})
	}
	return append(facts, fact{"at boot: no device is declared", noMark})
}

// daemonFact is the line on xenpcid, where it runs or should.
func daemonFact(d passthrough.DaemonPresence) (f fact, ok bool) {
	switch {
	case d.Process != 0 && d.Enabled:
		return fact{fmt.Sprintf("xenpcid: runs (process %d)", d.Process), asItIs}, true
	case d.Process != 0:
		return fact{fmt.Sprintf("xenpcid: runs (process %d), and is not started at boot", d.Process), noMark}, true
	case d.Enabled:
		return fact{"xenpcid: enabled, and not running; its log says why", attention}, true
	}
	return fact{}, false
}

func xenFact(x passthrough.Xen) fact {
	switch {
	case !x.Running:
		return fact{"Xen: not running", attention}
	case x.Version == "":
		return fact{"Xen: running; /sys/hypervisor does not show its version", noMark}
	}
	text := "Xen: " + x.Version
	if x.Dom0 == passthrough.DomainPVH {
		text += "; dom0 is PVH"
	}
	if x.NewestTested != "" {
		return fact{text + "; the newest version that xenpci was tested on is " + x.NewestTested, noMark}
	}
	return fact{text, asItIs}
}

func iommuFact(i passthrough.IOMMU) fact {
	switch i.Presence {
	case passthrough.IOMMUPresent:
		return fact{"IOMMU: present", asItIs}
	case passthrough.IOMMUAbsent:
		return fact{"IOMMU: " + withAdvice("none", i.Advice), attention}
	}
	return fact{"IOMMU: " + cmp.Or(i.Reason, "not known"), noMark}
}

func pcibackFact(p passthrough.Pciback) fact {
	f := fact{"pciback: " + pcibackLine(p), asItIs}
	switch {
	case p.Problem != "":
		f.mark = attention
	case p.Presence == passthrough.PresenceLoadable:
		f.mark = noMark
	}
	return f
}

// statusNarrow is how the table of devices gives way to a narrow screen.
var statusNarrow = []narrowing{{5, 24}, {4, 15}, {5, 10}, {1, 16}, {5, 0}, {2, 0}}

// statusRow is a line of the table, and the lines below it.
type statusRow struct {
	address pci.Address
	cells   []cell // without the address
	mark    mark
	details []string
}

// statusRows are the rows of the devices, and of the declared ones that were not found.
func statusRows(status passthrough.Status) (rows []statusRow) {
	for _, d := range status.Devices {
		row := statusRow{address: d.Device, mark: noMark, details: detailLines(d)}
		if d.Remark != nil {
			row.mark = attention
		}
		row.cells = []cell{
			statusState(d, status.GuestsUnknown), {text: driverCell(d)}, {text: quarantineCell(d.Quarantine)}, {text: bootCell(d, status.Layers)}, {text: oneBlank(d.Short)},
		}
		if !d.Present {
			row.details = append(row.details, appears(status, d.Device)...)
		}
		rows = append(rows, row)
	}
	for _, f := range status.NotFound {
		if slices.ContainsFunc(status.Devices, func(d passthrough.DeviceStatus) bool { return d.Device == f.Address && d.Reserved }) {
			continue
		}
		row := statusRow{address: f.Address, mark: noMark, details: appears(status, f.Address)}
		state := cell{"absent", caution}
		if f.Place != passthrough.PlaceAbsent {
			row.mark, row.details = attention, append([]string{withAdvice(f.Reason, f.Advice)}, row.details...)
			state = cell{notFoundWords(f.Place), bad}
		}
		row.cells = []cell{state, {}, {}, {text: declaredCell(status.Layers)}, {text: f.Name}}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b statusRow) int { return a.address.Compare(b.address) })
	return rows
}

// notFoundWords are the words for a declared device that was not found, though something is
// there, as xenpcid has them.
func notFoundWords(p passthrough.Place) string {
	if p == passthrough.PlaceAnother {
		return "other card"
	}
	return "ambiguous"
}

// appears is which driver gets a declared device when it appears, as far as that is known.
func appears(status passthrough.Status, a pci.Address) []string {
	for _, p := range status.Precedences {
		if p.Device == a && !p.Present {
			return []string{withAdvice(p.Reason(), p.Advice())}
		}
	}
	return nil
}

// statusTable is the table of the devices, with what each was and what is wrong below it.
func statusTable(s screen, status passthrough.Status) string {
	t := table{titles: []string{"ADDRESS", "STATE", "DRIVER", "QUARANTINE", "AT BOOT", "DEVICE"}, narrow: statusNarrow}
	rows := statusRows(status)
	addresses := make([]pci.Address, len(rows))
	for i, row := range rows {
		addresses[i] = row.address
	}
	at := addressForm(s, addresses)
	for _, row := range rows {
		t.rows = append(t.rows, append([]cell{{text: at(row.address)}}, row.cells...))
	}
	within := s
	if s.terminal() {
		within.columns -= len(columnGap) // for the marks
	}
	lines := t.lines(within)
	var text strings.Builder
	text.WriteString(s.marked(lines[0], noMark) + "\n")
	for i, row := range rows {
		text.WriteString(s.marked(lines[i+1], row.mark) + "\n")
		for _, line := range row.details {
			text.WriteString(s.said(line, noMark, len(columnGap)) + "\n")
		}
	}
	return text.String()
}

// detailColumns is how wide a line is that says what a device was.
const detailColumns = 76

// permissiveWords say what a permissive device is.
const permissiveWords = "permissive: a guest may write all of its configuration space"

// detailLines are what a device was, and what is unfinished or wrong.
func detailLines(d passthrough.DeviceStatus) (lines []string) {
	if was := wasLine(d.Was, detailColumns); was != "" {
		lines = append(lines, was)
	}
	if d.Permissive {
		lines = append(lines, permissiveWords)
	}
	if d.Remark != nil {
		lines = append(lines, withAdvice(d.Remark.Reason, d.Remark.Advice))
	}
	return lines
}

// statusState is the state of a device in a few words.
func statusState(d passthrough.DeviceStatus, guestsUnknown bool) cell {
	switch {
	case d.Unfinished != nil:
		return cell{string(d.Unfinished.Verb) + " not finished", bad}
	case d.Guest != nil:
		return cell{guestCell(d.Guest), guests}
	case d.Reserved:
		return cell{"absent, reserved", plain}
	case !d.Present:
		return cell{"no such device", bad}
	case d.Hidden():
		return hiddenCell(d.Slot, guestsUnknown)
	case d.Slot == pciback.SlotRegistered:
		return cell{"in dom0, registered", caution}
	case d.GivenBack:
		return cell{"given back", caution}
	case d.Declared, d.WantedBy != "":
		return cell{"in dom0", bad}
	}
	return cell{"in dom0", plain}
}

// driverCell is the driver that has a device, or of a hidden one the driver that it came
// from; "?" where nobody noted that one.
func driverCell(d passthrough.DeviceStatus) string {
	switch {
	case d.Hidden() && d.Former != "":
		return "was " + d.Former
	case d.Hidden():
		return "?"
	}
	return d.Driver
}

func quarantineCell(q passthrough.Quarantine) string {
	switch q {
	case passthrough.QuarantineEntered:
		return "yes"
	case passthrough.QuarantineNoIOMMU:
		return "no IOMMU"
	case passthrough.QuarantineGuest:
		return "in guest"
	case passthrough.QuarantineUnknown:
		return "?"
	}
	return ""
}

// bootCell is whether a device is hidden at boot, as far as the list and the enabled layers
// go.
func bootCell(d passthrough.DeviceStatus, layers []passthrough.Layer) string {
	switch {
	case d.Remark != nil && d.Remark.Code == passthrough.CodeGuard && len(layers) > 0:
		return "declared" // the layers need not have it
	case d.Declared, d.Reserved:
		return declaredCell(layers)
	case d.WantedBy == passthrough.WantedByParameter:
		if d.Hidden() {
			return "by " + d.WantedBy.String()
		}
		return "?"
	}
	return "no"
}

// declaredCell is bootCell of a device that is declared.
func declaredCell(layers []passthrough.Layer) string {
	if len(layers) == 0 {
		return "declared, no layer"
	}
	return "yes (" + layerWords(layers) + ")"
}
