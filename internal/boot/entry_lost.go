package boot

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// lostEntry is a list of devices that is in the generated file alone.
type lostEntry struct {
	entry Entry // the first with this list
	more  int   // how many others have it
	why   string
	hides string
}

// lostByGenerating returns the devices that an entry hides now, and that no
// entry hides when the file is generated again, other than the devices of our list.
func (h *Host) lostByGenerating(devices []Device) []Warning {
	if !h.Loader.Generated {
		return nil
	}
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return unknown(err)
	}
	kept, why := h.keptByGenerating()
	var all []*lostEntry
	for _, e := range entries {
		w, reason := h.writer(e)
		if w == byScript || w == beside || e.Recovery {
			continue
		}
		lost := slices.DeleteFunc(h.lost(e.hides(hideKey(h)), devices).Addresses(), func(a pci.Address) bool { return w == bySettings && kept.Has(a) })
		if len(lost) == 0 {
			continue
		}
		hide, _ := pciback.HideOf(lost...) // they are of a list that pciback takes
		if w == bySettings {
			reason = why
		}
		at := slices.IndexFunc(all, func(l *lostEntry) bool { return l.why == reason && l.hides == hide.String() })
		if at < 0 {
			all = append(all, &lostEntry{entry: e, why: reason, hides: hide.String()})
			continue
		}
		all[at].more++
	}
	var warnings []Warning
	for _, l := range all {
		title := fmt.Sprintf("the entry %q hides", l.entry.Title)
		if l.more > 0 {
			title = fmt.Sprintf("the entry %q and %s hide", l.entry.Title, prose.Count(l.more, "other", "others"))
		}
		warnings = append(warnings, Warning{fmt.Sprintf("%s: %s %s, which is lost when %s generates the file: %s", l.entry.where(), title, l.hides, h.generator(), l.why), importAdvice})
	}
	return warnings
}

// keptByGenerating returns the devices that the settings have, with xenpci's own list as
// it is now; why says that others are in none.
func (h *Host) keptByGenerating() (kept pciback.Hide, why string) {
	lists, _ := writtenLists(h) // the layer's own check reports the error
	line, err := h.settingsLine()
	if err == nil {
		list, _ := pciback.ReadHideList(line, hideKey(h))
		lists = append(lists, list.Effective)
	}
	for _, list := range lists {
		hide, _ := pciback.ParseHide(list)
		kept = append(kept, hide...)
	}
	if err != nil {
		return kept, fmt.Sprintf("the settings do not have it, as far as they are understood (%v)", err)
	}
	return kept, "no setting has it"
}

// lostByEditing returns the devices that somebody else has added to xenpci's list in an entry
// of a file that is edited in place: the layer writes its own list there. A device that was
// declared until now is xenpci's own. What was there before the layer was enabled is told by
// the conflicts with the file as it was.
func (h *Host) lostByEditing(devices []Device) []Warning {
	if enabled, err := there(h, kernelArgument{}, devices); !h.Loader.inPlace() || !enabled || err != nil {
		return nil // the layer's own check reports the error
	}
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return unknown(err)
	}
	declared := config.Open(h.FS).Devices()
	var warnings []Warning
	for _, e := range entries {
		if e.Recovery {
			continue
		}
		lost := slices.DeleteFunc(h.lost(e.hides(hideKey(h)), devices).Addresses(), func(a pci.Address) bool {
			return slices.ContainsFunc(declared, func(d config.Declared) bool { return d.Address == a })
		})
		if len(lost) == 0 {
			continue
		}
		hide, _ := pciback.HideOf(lost...) // they are of a list that pciback takes
		warnings = append(warnings, Warning{fmt.Sprintf("%s: the entry %q hides %s too, which is not declared and goes when xenpci writes its list", e.where(), e.Title, hide), importAdvice})
	}
	return warnings
}
