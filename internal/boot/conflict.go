package boot

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Conflicts are lines of somebody else's that say something of hidden devices
// too, where one of the layers says it: each with its file and line, which of the
// two counts, and what to do. They are changed by none of the layers.
func (h *Host) Conflicts(devices []Device, layers []Name) []string {
	var all []string
	if slices.Contains(layers, KernelArgument) {
		switch h.Loader.Kind {
		case GRUB2:
			all = append(all, h.defaultsConflicts(devices)...)
		case GRUBLegacy:
			all = append(all, h.menuConflicts(devices)...)
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

// keys are the argument that pciback reads, and what it does not read though it
// was meant.
func (h *Host) keys() (key, other string) {
	if hideKey(h) == pciback.OldHideKey {
		return pciback.OldHideKey, pciback.HideKey
	}
	return pciback.HideKey, pciback.OldHideKey
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

// lineConflicts are those of one command line, which is at where.
func (h *Host) lineConflicts(where string, line grub.CommandLine, devices []Device) []string {
	key, other := h.keys()
	list, there := pciback.ReadHideList(line, key, other)
	if !there {
		return nil
	}
	var all []string
	for _, p := range list.Problems {
		all = append(all, fmt.Sprintf("%s: %s", where, problemWords(p)))
	}
	lost := h.lost(list.Meant, devices)
	switch {
	case len(list.Meant) == 0 || len(list.Unclear) > 0:
		all = append(all, fmt.Sprintf("%s: %s=%s is there already; ours takes its place, and theirs counts no more", where, key, list.Effective))
	case len(lost) > 0 && list.Effective == "":
		all = append(all, fmt.Sprintf("%s: %s=%s was meant there; ours does not have it: 'xenpci import' declares it too", where, key, list.Meant))
	case len(lost) > 0:
		all = append(all, fmt.Sprintf("%s: %s=%s is there already; ours takes its place, and %s is hidden no more: 'xenpci import' declares it too",
			where, key, list.Effective, lost))
	}
	return all
}

func problemWords(p pciback.HideProblem) string {
	switch p.Kind {
	case pciback.HideBlank:
		return fmt.Sprintf("a blank ends the list of devices before %q, which means nothing to the kernel", p.Text)
	case pciback.HideRepeated:
		return fmt.Sprintf("%q stands there beside another of its kind, and only the last counts", p.Text)
	case pciback.HideOtherKey:
		return fmt.Sprintf("%q is no argument that this kernel knows", p.Text)
	case pciback.HideAfterDashes:
		return fmt.Sprintf("%q stands behind \"--\", where pciback does not see it", p.Text)
	}
	return fmt.Sprintf("pciback refuses %q, and hides nothing then", p.Text)
}

// Unordered says what stands in the way of the services: those of the toolstack
// that would not wait for ours.
func (h *Host) Unordered(enabled []Name) []string {
	if !slices.Contains(enabled, Service) {
		return nil
	}
	var all []string
	for _, o := range h.order() {
		if o.Late {
			all = append(all, fmt.Sprintf("%s does not surely come before %s: %s", o.Ours, o.Other, o.Why))
		}
	}
	return all
}

// order says which of ours come before whom.
func (h *Host) order() []initscript.Ordering {
	ours := []string{"xenpci"}
	if h.earlyService() {
		ours = append(ours, "xenpci-early")
	}
	return initscript.Order(h.FS.Root(), h.Init, ours...)
}
