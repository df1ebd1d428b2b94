package boot

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/modprobe"
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
	if hideKey(h) == grub.OldHideKey {
		return grub.OldHideKey, grub.HideKey
	}
	return grub.HideKey, grub.OldHideKey
}

// lost are the devices of a list that ours does not have; whole is false where
// only a person can tell.
func lost(value string, devices []Device) (text string, whole bool) {
	hide, err := pciback.ParseHideParameter(value)
	if err != nil {
		return "", false
	}
	for _, g := range hide {
		one := pciback.Hide{g}
		if !slices.ContainsFunc(devices, func(d Device) bool { return one.Has(d.Address) }) {
			text += "(" + one.Addresses()[0].String() + ")"
		}
	}
	return text, true
}

// lineConflicts are those of one command line, which is at where.
func (h *Host) lineConflicts(where string, line grub.CommandLine, devices []Device) []string {
	key, other := h.keys()
	list, there := line.HideList(key, other)
	if !there {
		return nil
	}
	var all []string
	for _, p := range list.Problems {
		all = append(all, fmt.Sprintf("%s: %s", where, problemWords(p)))
	}
	text, known := lost(list.Meant, devices)
	switch {
	case list.Meant == "" || !known:
		all = append(all, fmt.Sprintf("%s: %s=%s is there already; ours takes its place, and theirs counts no more", where, key, list.Effective))
	case text != "" && list.Effective == "":
		all = append(all, fmt.Sprintf("%s: %s=%s was meant there; ours does not have it: 'xenpci import' declares it too", where, key, list.Meant))
	case text != "":
		all = append(all, fmt.Sprintf("%s: %s=%s is there already; ours takes its place, and %s is hidden no more: 'xenpci import' declares it too",
			where, key, list.Effective, text))
	}
	return all
}

func problemWords(p grub.Problem) string {
	switch p.Kind {
	case grub.Ripped:
		return fmt.Sprintf("a blank ends the list of devices before %q, which means nothing to the kernel", p.Text)
	case grub.Doubled:
		return fmt.Sprintf("%q stands there beside another of its kind, and only the last counts", p.Text)
	case grub.OtherKey:
		return fmt.Sprintf("%q is no argument that this kernel knows", p.Text)
	case grub.Unseen:
		return fmt.Sprintf("%q stands behind \"--\", where pciback does not see it", p.Text)
	}
	return fmt.Sprintf("pciback refuses %q, and hides nothing then", p.Text)
}

// defaultsConflicts are those of the settings from which grub.cfg is generated.
func (h *Host) defaultsConflicts(devices []Device) []string {
	settings, err := h.settings()
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, pair := range [][2]string{{grub.XenReplace, grub.CmdlineLinux}, {grub.XenReplaceDefault, grub.CmdlineLinuxDefault}} {
		for _, name := range pair {
			setting, err := settings.Get(name)
			if err != nil {
				all = append(all, fmt.Sprintf("whether %s hides devices already is not known: %v", name, err))
			}
			if setting.Value == "" {
				continue // the other one counts
			}
			where := fmt.Sprintf("%s:%d: %s", setting.File, setting.Line, name)
			all = append(all, h.lineConflicts(where, grub.ParseCommandLine(setting.Value), devices)...)
			break
		}
	}
	return all
}

// settings are GRUB's without what is ours.
func (h *Host) settings() (grub.Settings, error) {
	names := []string{grubDefaults}
	if h.Loader.DropIn {
		dir := path.Dir(grub.DropInFile)
		entries, _ := h.FS.List(dir) // the folder need not be there
		slices.Sort(entries)
		for _, name := range entries {
			if path.Ext(name) == ".cfg" && path.Join(dir, name) != grub.DropInFile {
				names = append(names, path.Join(dir, name))
			}
		}
	}
	var files []*grub.Defaults
	for _, name := range names {
		content, exists, err := etc.Read(h.FS, name)
		if err != nil {
			return grub.Settings{}, err
		}
		if !exists {
			continue
		}
		d := grub.ParseDefaults(name, content)
		block := d.RemoveBlock()
		block.New = strings.Repeat("\n", strings.Count(block.Old, "\n")) // the lines below it keep their numbers
		if content, err = block.Apply(content); err != nil {
			return grub.Settings{}, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, grub.ParseDefaults(name, content))
	}
	return grub.Read(files...), nil
}

// menuConflicts are those of menu.lst as it was before xenpci came.
func (h *Host) menuConflicts(devices []Device) []string {
	name := h.Loader.Config
	content, touched, err := etc.Backup(h.FS, name)
	if err == nil && !touched {
		content, _, err = etc.Read(h.FS, name)
	}
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	menu := grub.ParseMenuList(content)
	for _, i := range menu.Dom0Stanzas() {
		xen, _ := menu.Stanzas[i].Xen()
		all = append(all, h.lineConflicts(fmt.Sprintf("%s:%d", name, xen.Dom0.Line), xen.Dom0.Arguments, devices)...)
	}
	value, line, there := menu.Option(grub.OptionXenKernel)
	switch {
	case there && menu.Automagic():
		all = append(all, h.lineConflicts(fmt.Sprintf("%s:%d: %s", name, line, grub.OptionXenKernel), grub.ParseCommandLine(value), devices)...)
	case menu.Automagic():
		all = append(all, fmt.Sprintf("%s: update-grub has no line %q to go by, and writes the entries anew without ours when a kernel is installed",
			name, "# "+grub.OptionXenKernel+"="))
	}
	return all
}

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
		text, known := lost(theirs.Value, devices)
		switch {
		case h.after(theirs.Where):
			all = append(all, fmt.Sprintf("%s: hide=%s comes after ours, and counts in its place; take it out, after 'xenpci import'", theirs.Where, theirs.Value))
		case text != "" || !known:
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
	if changes, err := (kernelArgument{}).files(h, devices, false); err != nil || slices.ContainsFunc(changes, func(c Change) bool { return !c.Equal() }) {
		return nil // it is ours, and goes
	}
	key, _ := h.keys()
	var all []string
	for _, e := range entries {
		list, there := e.Dom0.HideList(key)
		if there && !e.Rescue && list.Effective != hideValue(devices) {
			all = append(all, fmt.Sprintf("%s: the entry %q has %s=%s, which counts in the place of modprobe's options; 'xenpci import' declares what it has, the layer %s replaces it",
				h.Loader.Config, e.Title, key, list.Effective, KernelArgument))
		}
	}
	return all
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
	return initscript.Order(h.FS, h.Init, ours...)
}
