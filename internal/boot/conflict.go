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
// effect. No layer changes them.
func (h *Host) Conflicts(devices []Device, layers []Name) []Warning {
	var all []Warning
	if slices.Contains(layers, KernelArgument) {
		switch {
		case h.Loader.Kind == GRUBLegacy:
			all = append(all, h.menuConflicts(devices)...)
		case h.Loader.Kind == XenEFI:
			all = append(all, h.xenConflicts(devices)...)
		case h.Loader.inPlace():
			all = append(all, h.configConflicts(devices)...)
		case h.Loader.Kind == GRUB2:
			all = append(all, h.defaultsConflicts(devices)...)
		case h.Loader.Kind == Syslinux && h.Loader.Generated:
			all = append(all, h.extlinuxConflicts(devices)...)
		}
	}
	if slices.Contains(layers, Modprobe) {
		all = append(all, h.optionsConflicts(devices)...)
		all = append(all, h.installConflicts(devices)...)
		if !slices.Contains(layers, KernelArgument) {
			all = append(all, h.entryConflicts(devices)...)
		}
	}
	return all
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

// lineConflicts returns those of one command line, which is at where.
func (h *Host) lineConflicts(where string, line grub.CommandLine, devices []Device) []Warning {
	key, other := pciback.HideKeys(h.Module)
	list, there := pciback.ReadHideList(line, key, other)
	if !there {
		return nil
	}
	var all []Warning
	for _, p := range list.Problems {
		all = append(all, Warning{Reason: where + ": " + problemWords(p)})
	}
	set := fmt.Sprintf("%s: %s=%s is set here too; xenpci's value replaces it", where, key, list.Effective)
	lost := h.lost(list.Meant, devices)
	switch {
	case len(list.Meant) == 0 || len(list.Unclear) > 0:
		all = append(all, Warning{Reason: set})
	case len(lost) > 0 && list.Effective == "":
		all = append(all, Warning{fmt.Sprintf("%s: %s=%s was meant here, and xenpci's value does not have %s", where, key, list.Meant, lost), importAdvice})
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
