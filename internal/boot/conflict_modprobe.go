package boot

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// optionsConflicts returns other values of hide= for pciback.
func (h *Host) optionsConflicts(devices []Device) []Warning {
	hide := h.Config.Options(h.Module)
	parameter := hide.Parameter("hide")
	if parameter == nil {
		return nil
	}
	var all []Warning
	for _, theirs := range append(parameter.Loses, parameter.Wins) {
		if h.ownLine(theirs.Where) {
			continue
		}
		named, err := pciback.ParseHide(theirs.Value)
		switch {
		case h.after(theirs.Where):
			all = append(all, Warning{fmt.Sprintf("%s: hide=%s comes after xenpci's line and overrides it", theirs.Where, theirs.Value), "run 'xenpci import --write', and then remove it"})
		case err != nil || len(h.lost(named, devices)) > 0:
			all = append(all, Warning{fmt.Sprintf("%s: hide=%s is set here too; xenpci's line comes after it and overrides it", theirs.Where, theirs.Value), importAdvice})
		}
	}
	return all
}

// misspeltOptions returns the lines that are meant for pciback, and of which it does not
// read the list of devices.
func (h *Host) misspeltOptions() (all []Warning) {
	for _, file := range h.Config.Files {
		for _, l := range file.Lines {
			where := fmt.Sprintf("%s:%d", file.Path, l.Number)
			list, misspelt := pciback.HideList{}, false
			switch words := strings.Fields(l.Raw); {
			case l.Directive.Kind == modprobe.Options && modprobe.Name(l.Directive.Module) == modprobe.Name(h.Module):
				list, _ = pciback.ReadHideList(grub.ParseCommandLine(l.Directive.Text), "hide")
			case l.Directive.Kind == modprobe.Options:
				list, misspelt = pciback.MisspeltOptions(l.Directive.Module, l.Directive.Text)
			case len(words) == 2 && words[0] == string(modprobe.Options): // modprobe wants something after the module
				list, misspelt = pciback.MisspeltOptions(words[1], "")
			}
			for _, p := range list.Problems {
				if misspelt || p.Kind == pciback.HideMisspelt {
					all = append(all, Warning{Reason: where + ": " + problemWords(p)})
				}
			}
		}
	}
	return all
}

// after reports whether modprobe reads a line after ours.
func (h *Host) after(w modprobe.Where) bool {
	if h.oldModprobe() {
		return w.File != oldConfig // our block is at the end of that
	}
	return w.File == "" || path.Base(w.File) > path.Base(optionsFile)
}

// installConflicts returns the install lines of the devices' drivers that modprobe
// does not run any more.
func (h *Host) installConflicts(devices []Device) []Warning {
	var all []Warning
	for _, driver := range modules(devices, loadable) {
		rules := h.Config.Install(driver)
		found := rules.Loses
		if rules.Wins != nil {
			found = append(found, *rules.Wins)
		}
		for _, f := range found {
			if !h.ownLine(f.Where) {
				all = append(all, Warning{Reason: fmt.Sprintf("%s: this install line of %s is not run any more: xenpci's line takes precedence", f.Where, driver)})
			}
		}
	}
	return all
}

// entryConflicts returns arguments in the boot entries, which modprobe passes to
// pciback after its own options.
func (h *Host) entryConflicts(devices []Device) []Warning {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return unknown(err)
	}
	if changes, err := (kernelArgument{}).files(h, devices, false); err != nil || slices.ContainsFunc(changes, differs) {
		return nil // it is ours, and is removed
	}
	key := hideKey(h)
	var all []Warning
	for _, e := range entries {
		list, there := pciback.ReadHideList(e.Dom0, key)
		hide, refused := pciback.ParseHide(list.Effective)
		if !there || e.Recovery || refused == nil && len(missing(hide, devices)) == 0 && len(h.lost(hide, devices)) == 0 {
			continue
		}
		advice := importAdvice + ", and the layer " + string(KernelArgument) + " replaces the argument"
		switch w, _ := h.writer(e); w {
		case byScript:
			advice = importAdvice + "; remove the argument in " + e.Script
		case byHand, beside:
			advice = importAdvice + "; remove the argument there"
		}
		all = append(all, Warning{fmt.Sprintf("%s: the entry %q has %s=%s, which overrides modprobe's options", e.where(), e.Title, key, list.Effective), advice})
	}
	return all
}
