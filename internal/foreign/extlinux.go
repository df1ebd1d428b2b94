package foreign

import (
	"slices"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// extlinuxFile sets what Alpine's update-extlinux gives the entries: extlinuxOptions every
// kernel, and extlinuxXen the hypervisor.
const (
	extlinuxFile    = "/etc/update-extlinux.conf"
	extlinuxOptions = "default_kernel_opts"
	extlinuxXen     = "xen_opts"
)

// readSyslinux reads the labels of EXTLINUX, SYSLINUX or ISOLINUX that boot Xen, where no
// GRUB has such entries. What a person wrote are settings.
func (r *reader) readSyslinux() {
	for _, name := range append([]string{""}, menus[:]...) {
		if len(r.generated) > 0 || name != "" && r.FS.Exists(name) {
			return
		}
	}
	var media []string
	if r.FS.Exists(syslinux.Media) {
		media = r.names(syslinux.Media)
	}
	for _, name := range syslinux.Files(media) {
		content, exists := r.read(name)
		if config := syslinux.Parse(content); exists && len(config.Labels) > 0 {
			r.readLabels(name, config, !syslinux.Generated(content))
			return
		}
	}
}

func (r *reader) readLabels(name string, config *syslinux.Config, byHand bool) {
	for _, l := range config.XenLabels() {
		xen, _ := l.Xen()
		where := Where{name, xen.Dom0.Line}
		r.addEntry(generated{where: where, dom0: xen.Dom0.Arguments, byHand: byHand}, xen.Dom0.File, l.Recovery())
		if byHand {
			r.byHand = appendOther(r.byHand, r.arguments(where, xen.Dom0.Arguments)...)
		}
	}
}

// appendOther appends the settings that are not there already with the same text.
func appendOther(all []Setting, more ...Setting) []Setting {
	for _, s := range more {
		if !slices.ContainsFunc(all, func(have Setting) bool { return have.File == s.File && have.Text == s.Text }) {
			all = append(all, s)
		}
	}
	return all
}

// ownExtlinux records the devices of xenpci's block in the settings of update-extlinux.
func (r *reader) ownExtlinux() {
	content, exists := r.read(extlinuxFile)
	if !exists {
		return
	}
	b, found, err := block.Hiding.Find(content)
	if !found || err != nil {
		return
	}
	// The block appends to what precedes it.
	value, err := grub.Read(grub.ParseDefaults(extlinuxFile, []byte(extlinuxOptions+"=\n"+b.Text))).Get(extlinuxOptions)
	if err != nil {
		return
	}
	for _, s := range r.arguments(Where{}, grub.ParseCommandLine(value.Value)) {
		r.own = append(r.own, s.Devices...)
	}
}

// readExtlinux reads the settings of update-extlinux, without xenpci's block.
func (r *reader) readExtlinux() {
	content, exists := r.read(extlinuxFile)
	if !exists {
		return
	}
	if without, err := block.Hiding.Blank(content); err == nil {
		content = without
	}
	r.settings = append(r.settings, extlinuxFile)
	settings := grub.Read(grub.ParseDefaults(extlinuxFile, content))
	for _, name := range []string{extlinuxOptions, extlinuxXen} {
		value, err := settings.Get(name)
		if err != nil {
			r.doubt = err
			r.unread(err)
			continue
		}
		for _, s := range r.arguments(Where{value.File, value.Line}, grub.ParseCommandLine(value.Value)) {
			var problem string
			problem, s.Dead = r.extlinuxProblem(name, s)
			if problem != "" {
				s.Problems = append(s.Problems, problem)
			}
			r.add(s)
		}
	}
}

// extlinuxProblem returns what is wrong with the place of a setting; "" for nothing. dead
// reports whether it has no effect for good.
func (r *reader) extlinuxProblem(name string, s Setting) (problem string, dead bool) {
	switch {
	case name == extlinuxXen:
		return extlinuxXen + " is for Xen, which ignores it; dom0's kernel does not get it", true
	case s.argument && len(r.own) > 0:
		return "it has no effect: xenpci's own " + pciback.HideKey + "= comes later, and pciback reads only the last one", true
	case len(r.generated) > 0 && !r.generated[0].extlinux():
		return "it has no effect: this machine boots with " + r.generated[0].where.File, true
	case r.stale(s.Devices):
		return "no boot loader entry has it: update-extlinux has not run since the change", false
	}
	return "", false
}

// extlinux reports whether update-extlinux makes the entry.
func (g generated) extlinux() bool { return g.where.File == syslinux.Files(nil)[0] && !g.byHand }
