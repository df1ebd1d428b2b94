package boot

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// importAdvice is what to do about devices that others hide.
const importAdvice = "'xenpci import --write' declares what is missing"

// Conflicts returns the settings of others about hidden devices, where one of the
// layers sets the same: each with its file and line, and which of the two takes
// effect. It returns misspelt ones too, whatever the layers are. No layer changes them.
// With any layer it also returns the boot loader's entries by which the next boot may hide
// nothing: those that xenpci cannot judge, and a default entry that does not boot Xen.
func (h *Host) Conflicts(devices []Device, layers []Name) []Warning {
	var all []Warning
	lines, unread := h.settingLines()
	all = append(all, unread...)
	argument := slices.Contains(layers, KernelArgument)
	for _, l := range lines {
		all = append(all, h.lineConflicts(l, devices, argument)...)
	}
	if argument {
		all = append(all, h.replaceConflicts()...)
		all = append(all, h.entriesOfOthers(devices)...)
		all = append(all, h.lostByGenerating(devices)...)
		all = append(all, h.lostByEditing(devices)...)
	}
	if len(layers) > 0 {
		all = append(all, warnings(h.Loader.unjudged(h.FS))...)
	}
	all = append(all, h.misspeltOptions()...)
	if slices.Contains(layers, Modprobe) {
		all = append(all, h.optionsConflicts(devices)...)
		all = append(all, h.installConflicts(devices)...)
		if !argument {
			all = append(all, h.entryConflicts(devices)...)
		}
	}
	return all
}

// settingLine is a command line in a file of somebody else.
type settingLine struct {
	where string
	line  grub.CommandLine
}

// lost returns the devices of a list that ours does not have. A wildcard stands for
// the devices that are there.
func (h *Host) lost(theirs pciback.Hide, devices []Device) pciback.Hide {
	var lost []pci.Address
	for _, g := range theirs {
		all := pciback.Hide{g}.Addresses()
		for _, a := range all {
			ours := slices.ContainsFunc(devices, func(d Device) bool { return d.Address == a })
			if !ours && (len(all) == 1 || h.FS.Exists("/sys/bus/pci/devices/"+a.String())) {
				lost = append(lost, a)
			}
		}
	}
	hide, _ := pciback.HideOf(lost...) // they are of a list that pciback takes
	return hide
}

// lineConflicts returns those of one command line: only what is misspelt, unless the
// layer that writes the argument is among the layers.
func (h *Host) lineConflicts(l settingLine, devices []Device, argument bool) []Warning {
	key, other := pciback.HideKeys(h.Module)
	list, there := pciback.ReadHideList(l.line, key, other)
	var all []Warning
	for _, p := range list.Problems {
		if argument || p.Kind == pciback.HideMisspelt {
			all = append(all, Warning{Reason: l.where + ": " + problemWords(p)})
		}
	}
	if !argument || !there && len(list.Problems) == 0 {
		return all
	}
	for _, word := range list.Unclear {
		if id, err := pci.ParseSelector(word); err == nil && id.Kind == pci.KindModel {
			all = append(all, Warning{fmt.Sprintf("%s: %s is vendor:device, and pciback reads addresses", l.where, word), "'xenpci list -D -d " + word + "' shows the addresses"})
		}
	}
	set := fmt.Sprintf("%s: %s=%s is set here too; xenpci's value replaces it", l.where, key, list.Effective)
	lost := h.lost(list.Meant, devices)
	switch {
	case there && (len(list.Meant) == 0 || len(list.Unclear) > 0):
		all = append(all, Warning{Reason: set})
	case len(lost) > 0 && list.Effective == "":
		all = append(all, Warning{fmt.Sprintf("%s: %s=%s was meant here, and xenpci's value does not have %s", l.where, key, list.Meant, lost), importAdvice})
	case len(lost) > 0:
		all = append(all, Warning{fmt.Sprintf("%s, and does not hide %s", set, lost), importAdvice})
	}
	return all
}

func problemWords(p pciback.HideProblem) string {
	switch p.Kind {
	case pciback.HideBlank:
		return fmt.Sprintf("a blank ends the list of devices before %q, which the kernel ignores", p.Text)
	case pciback.HideRepeated:
		return fmt.Sprintf("%q is one of several arguments of this kind, of which only the last takes effect", p.Text)
	case pciback.HideOtherKey:
		return fmt.Sprintf("%q is not an argument of this kernel", p.Text)
	case pciback.HideMisspelt:
		return fmt.Sprintf("%q is not an argument of pciback, which ignores it: it should be %s", p.Text, p.Right)
	case pciback.HideAfterDashes:
		return fmt.Sprintf("%q comes after \"--\", where pciback does not see it", p.Text)
	}
	return fmt.Sprintf("pciback rejects %q, and then hides nothing", p.Text)
}

// Unordered returns the services of the toolstack that may start before ours.
func (h *Host) Unordered(enabled []Name) []Warning {
	if !slices.Contains(enabled, Service) {
		return nil
	}
	var all []Warning
	for _, o := range h.order() {
		if o.Late {
			all = append(all, Warning{Reason: fmt.Sprintf("%s may start after %s: %s", o.Ours, o.Other, o.Why)})
		}
	}
	return all
}

// order returns how our services are ordered before those of others.
func (h *Host) order() []initscript.Ordering {
	ours := []string{"xenpci"}
	if h.earlyService() {
		ours = append(ours, "xenpci-early")
	}
	return initscript.Order(h.FS.Root(), h.Init, ours...)
}
