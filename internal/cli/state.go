package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// stateCell is the state of a device in a few words: "free", "router (3)", "in use: /".
func stateCell(d passthrough.Device, guestsUnknown bool) cell {
	switch d.State {
	case passthrough.DeviceUnfinished:
		return cell{string(d.Unfinished.Verb) + " not finished", bad}
	case passthrough.DeviceAssigned:
		return cell{guestCell(d.Guest), guests}
	case passthrough.DeviceHidden:
		return hiddenCell(d.Slot, guestsUnknown)
	case passthrough.DeviceHostPart:
		return cell{"part of the host", faint}
	case passthrough.DeviceInUse:
		return cell{"in use: " + few(usesOf(d), usesWidth), caution}
	case passthrough.DeviceTogether:
		return cell{"free with " + few(shortAddresses(related(d, passthrough.CodeUSBCompanions)), 0), good}
	case passthrough.DeviceVFsHidden:
		return cell{"its VFs are hidden", caution}
	case passthrough.DeviceSilent:
		return cell{"does not answer", bad}
	case passthrough.DeviceRefused:
		return cell{"cannot be hidden", caution}
	}
	return cell{"free", good}
}

// hiddenCell is the state of a hidden device that no guest is known to have.
func hiddenCell(slot pciback.SlotState, guestsUnknown bool) cell {
	switch {
	case guestsUnknown:
		return cell{"hidden, guest not known", guests}
	case slot == pciback.SlotAbsent:
		return cell{"hidden, no slot", caution}
	}
	return cell{"hidden", guests}
}

// usesWidth is how many characters of its uses the state of a device has, beyond the first
// of them.
const usesWidth = 16

// use returns what a finding says that a device is needed for, in a word or two.
func use(f passthrough.Finding) string {
	switch f.Code {
	case passthrough.CodeMountedElsewhere:
		return "mounted elsewhere"
	case passthrough.CodeExternalLog:
		return "XFS log"
	case passthrough.CodeSwap:
		return "swap"
	case passthrough.CodeZFSPool:
		return "ZFS pool"
	case passthrough.CodeRAIDJournal:
		return "RAID journal"
	case passthrough.CodeRAIDSpare:
		return "RAID spare"
	case passthrough.CodeGuestDisk:
		return "disk of a guest"
	case passthrough.CodeOpenDisk:
		return "open disk"
	case passthrough.CodeDefaultRoute:
		return "default route"
	case passthrough.CodeNetAddress:
		return "dom0's address"
	case passthrough.CodeSSHSession:
		return "SSH session"
	case passthrough.CodeGuestNetwork:
		return "guest's network"
	case passthrough.CodeBootDisplay:
		return "boot display"
	case passthrough.CodeTextConsole:
		return "console"
	case passthrough.CodeScreen:
		return "screen"
	case passthrough.CodeSerialConsole:
		return "serial console"
	case passthrough.CodeKeyboard:
		return "keyboard"
	case passthrough.CodeXenConsole:
		return "Xen's console"
	case passthrough.CodeBehindVMD:
		return "disks behind it"
	}
	return f.Subject
}

// usesOf returns what a device is needed for, without repetition. What may be on it ends in
// a question mark.
func usesOf(d passthrough.Device) (all []string) {
	for _, f := range d.Findings {
		if f.Level != passthrough.LevelRefuse {
			continue
		}
		text := use(f)
		switch {
		case text == "":
			text = "not known"
		case strings.HasSuffix(string(f.Code), "_unknown"):
			text += "?"
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// few returns the first words, as many as fit into so many characters but one at least, and
// how many more there are: "/, swap +2".
func few(words []string, width int) string {
	text, left := "", words
	for ; len(left) > 0; left = left[1:] {
		longer := strings.TrimPrefix(text+", "+left[0], ", ")
		if text != "" && utf8.RuneCountInString(longer) > width {
			return fmt.Sprintf("%s +%d", text, len(left))
		}
		text = longer
	}
	return text
}

// related returns the devices that the refusals with this code are about.
func related(d passthrough.Device, code passthrough.Code) (all []pci.Address) {
	for _, f := range d.Findings {
		if f.Level == passthrough.LevelRefuse && f.Code == code {
			all = append(all, f.Related...)
		}
	}
	return all
}

func shortAddresses(all []pci.Address) []string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.Short()
	}
	return texts
}

// forGuests is whether a guest can have a device: "yes", "no", "PV only", "?".
func forGuests(d passthrough.Device) cell {
	var can []string
	for _, k := range d.Guests {
		if k.Can {
			can = append(can, k.Kind)
		}
	}
	switch {
	case len(d.Guests) == 0:
		return cell{text: "?"}
	case len(can) == 0:
		return cell{text: "no"}
	case len(can) == 1:
		return cell{text: can[0] + " only"}
	}
	return cell{text: "yes"}
}

// guestCell is a guest in a column; "" for none.
func guestCell(g *pciback.Guest) string {
	if g == nil {
		return ""
	}
	return fmt.Sprintf("%s (%d)", g.Name, g.ID)
}
