package cli

import (
	"cmp"
	"fmt"
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
	devices := fmt.Sprintf("devices: %d hidden, %d assigned to guests, %d declared", c.Hidden, c.Assigned, c.Declared)
	mark := noMark
	if c.Unfinished > 0 {
		devices, mark = fmt.Sprintf("%s, %d unfinished", devices, c.Unfinished), attention
	}
	facts = append(facts, fact{devices, mark})
	if f, ok := daemonFact(s.Daemon); ok {
		facts = append(facts, f)
	}
	switch {
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
	return fact{"Xen: " + x.Version, asItIs}
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

// statusTable is the table of the devices, with what each was and what is wrong below it.
func statusTable(s screen, status passthrough.Status) string {
	t := table{titles: []string{"ADDRESS", "STATE", "DRIVER", "QUARANTINE", "AT BOOT", "DEVICE"}, narrow: statusNarrow}
	at := addressForm(s, statusAddresses(status.Devices))
	for _, d := range status.Devices {
		state := statusState(d, status.GuestsUnknown)
		t.rows = append(t.rows, []cell{
			{text: at(d.Device)}, state, {text: driverCell(d)}, {text: quarantineCell(d.Quarantine)}, {text: bootCell(d, status.Layers)}, {text: oneBlank(d.Short)},
		})
	}
	rows := s
	if s.terminal() {
		rows.columns -= len(columnGap) // for the marks
	}
	lines := t.lines(rows)
	var text strings.Builder
	text.WriteString(s.marked(lines[0], noMark) + "\n")
	for i, d := range status.Devices {
		m := noMark
		if d.Remark != nil {
			m = attention
		}
		text.WriteString(s.marked(lines[i+1], m) + "\n")
		for _, line := range detailLines(d) {
			text.WriteString(s.said(line, noMark, len(columnGap)) + "\n")
		}
	}
	return text.String()
}

func statusAddresses(devices []passthrough.DeviceStatus) []pci.Address {
	all := make([]pci.Address, len(devices))
	for i, d := range devices {
		all[i] = d.Device
	}
	return all
}

// detailColumns is how wide a line is that says what a device was.
const detailColumns = 76

// detailLines are what a device was, and what is unfinished or wrong.
func detailLines(d passthrough.DeviceStatus) (lines []string) {
	if was := wasLine(d.Was, detailColumns); was != "" {
		lines = append(lines, was)
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
	case (d.Declared || d.Reserved) && len(layers) == 0:
		return "declared, no layer"
	case d.Remark != nil && d.Remark.Code == passthrough.CodeGuard:
		return "declared" // the layers need not have it
	case d.Declared, d.Reserved:
		return "yes (" + layerWords(layers) + ")"
	case d.WantedBy == passthrough.WantedByParameter:
		return "by " + d.WantedBy.String()
	}
	return "no"
}
