package boot

import (
	"fmt"
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// optionsConflicts are other values of hide= for pciback.
func (h *Host) optionsConflicts(devices []Device) []string {
	hide := h.Config.Options(h.Module)
	parameter := hide.Parameter("hide")
	if parameter == nil {
		return nil
	}
	var all []string
	for _, theirs := range append(parameter.Loses, parameter.Wins) {
		if h.ownLine(theirs.Where) {
			continue
		}
		named, err := pciback.ParseHide(theirs.Value)
		switch {
		case h.after(theirs.Where):
			all = append(all, fmt.Sprintf("%s: hide=%s comes after ours, and counts in its place; take it out, after 'xenpci import'", theirs.Where, theirs.Value))
		case err != nil || len(h.lost(named, devices)) > 0:
			all = append(all, fmt.Sprintf("%s: hide=%s is there already; ours comes after it and counts in its place: 'xenpci import' declares what it has", theirs.Where, theirs.Value))
		}
	}
	return all
}

// after says whether modprobe reads a line after ours.
func (h *Host) after(w modprobe.Where) bool {
	if h.oldModprobe() {
		return w.File != oldConfig // ours is at the end of that
	}
	return w.File == "" || path.Base(w.File) > path.Base(optionsFile)
}

// installConflicts are install lines of the devices' drivers that are not run
// any more.
func (h *Host) installConflicts(devices []Device) []string {
	var all []string
	for _, driver := range modules(devices, loadable) {
		rules := h.Config.Install(driver)
		found := rules.Loses
		if rules.Wins != nil {
			found = append(found, *rules.Wins)
		}
		for _, f := range found {
			if !h.ownLine(f.Where) {
				all = append(all, fmt.Sprintf("%s: the install line of %s is not run any more: modprobe goes by ours", f.Where, driver))
			}
		}
	}
	return all
}

// entryConflicts are arguments of the boot entries, which modprobe hands to
// pciback after its own options.
func (h *Host) entryConflicts(devices []Device) []string {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return []string{err.Error()}
	}
	if changes, err := (kernelArgument{}).files(h, devices, false); err != nil || slices.ContainsFunc(changes, func(c change.Change) bool { return !c.Equal() }) {
		return nil // it is ours, and goes
	}
	key, _ := h.keys()
	var all []string
	for _, e := range entries {
		list, there := pciback.ReadHideList(e.Dom0, key)
		if there && !e.Recovery && list.Effective != hideValue(devices) {
			all = append(all, fmt.Sprintf("%s: the entry %q has %s=%s, which counts in the place of modprobe's options; 'xenpci import' declares what it has, the layer %s replaces it",
				h.Loader.Config, e.Title, key, list.Effective, KernelArgument))
		}
	}
	return all
}
