package foreign

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// HasEffect reports whether the setting hides a device, as it stands. A setting that pciback
// gets only once its module is loaded counts.
func (s Setting) HasEffect(a pci.Address) bool {
	return !s.Dead && slices.Contains(s.Devices, a) && !slices.Contains(s.idle, a)
}

// HasEffect reports whether one of the settings hides a device.
func (s Settings) HasEffect(a pci.Address) bool {
	return slices.ContainsFunc(s.All, func(one Setting) bool { return one.HasEffect(a) })
}

// AtBoot returns the settings that hide a device at the next boot, as far as they are
// understood: those with which nothing is wrong, for any kernel that may boot.
func (s Settings) AtBoot(a pci.Address) (all []Where) {
	for _, one := range s.All {
		sure := len(one.Problems)+len(one.Kernel) == 0 && !one.misspelt && one.kind != ruleKind && one.kind != loadKind
		if sure && one.File != runningFile && one.HasEffect(a) {
			all = append(all, one.Where)
		}
	}
	return all
}

// idle returns those of the devices that pciback does not take by the list, although it was
// meant to.
func (r *reader) idle(list pciback.HideList, devices []pci.Address) (idle []pci.Address) {
	hide, err := pciback.ParseHide(list.Effective)
	if err != nil {
		return devices
	}
	taken, _ := r.meant(hide, nil)
	for _, a := range devices {
		if !slices.Contains(taken, a) {
			idle = append(idle, a)
		}
	}
	return idle
}

// deadVariable reports whether dom0's kernel does not get the setting of a variable of GRUB,
// or gets another list after it. final are the settings after all files.
func (r *reader) deadVariable(variable string, s Setting, final grub.Settings) bool {
	return variable == grub.CmdlineXen || variable == grub.CmdlineXenDefault || !r.reaches(s, final) || s.argument && len(r.own) > 0
}
