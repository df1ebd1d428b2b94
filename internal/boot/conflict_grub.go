package boot

import (
	"fmt"
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
)

// defaultsConflicts returns those in the settings from which grub.cfg is generated.
func (h *Host) defaultsConflicts(devices []Device) []Warning {
	settings, err := h.settings()
	if err != nil {
		return unknown(err)
	}
	var all []Warning
	for _, pair := range dom0Settings {
		for _, name := range pair {
			setting, err := settings.Get(name)
			if err != nil {
				all = append(all, Warning{Reason: fmt.Sprintf("cannot tell whether %s hides devices: %v", name, err)})
			}
			if setting.Value == "" {
				continue // the other one is used
			}
			where := fmt.Sprintf("%s:%d: %s", setting.File, setting.Line, name)
			all = append(all, h.lineConflicts(where, grub.ParseCommandLine(setting.Value), devices)...)
			break
		}
	}
	return all
}

// settings returns GRUB's settings without ours.
func (h *Host) settings() (grub.Settings, error) { return h.readSettings(false) }

// readSettings returns GRUB's settings, with ours or without.
func (h *Host) readSettings(ours bool) (grub.Settings, error) {
	names := []string{grubDefaults}
	if h.Loader.DropIn {
		dir := path.Dir(brand.GRUBDropIn)
		entries, _ := h.FS.List(dir) // the directory may be missing
		slices.Sort(entries)
		for _, name := range entries {
			if path.Ext(name) == ".cfg" && (ours || path.Join(dir, name) != brand.GRUBDropIn) {
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
		if !ours {
			if content, err = block.Blank(content); err != nil {
				return grub.Settings{}, fmt.Errorf("%s: %w", name, err)
			}
		}
		files = append(files, grub.ParseDefaults(name, content))
	}
	return grub.Read(files...), nil
}

// unedited returns a file of the boot loader as it was before xenpci edited it.
func (h *Host) unedited(name string) ([]byte, error) {
	content, touched, err := change.Backup(h.FS, brand.Hiding, name)
	if err == nil && !touched {
		content, _, err = etc.Read(h.FS, name)
	}
	return content, err
}

// configConflicts returns those in a grub.cfg that a person wrote, and the program that would
// replace that file.
func (h *Host) configConflicts(devices []Device) []Warning {
	content, err := h.unedited(h.Loader.Config)
	if err != nil {
		return unknown(err)
	}
	config, err := grub.ParseConfig(content, grubVariables(h.FS, h.Loader.Config))
	if err != nil {
		return unknown(fmt.Errorf("%s: %w", h.Loader.Config, err))
	}
	var all []Warning
	for _, e := range config.XenEntries() {
		if xen, _ := e.Xen(); !e.Recovery() {
			all = append(all, h.lineConflicts(fmt.Sprintf("%s:%d", h.Loader.Config, xen.Dom0.Line), xen.Dom0.Arguments, devices)...)
		}
	}
	if h.Loader.Generate != nil {
		all = append(all, Warning{
			fmt.Sprintf("%s was written by hand: %s would replace it, and xenpci's argument with it", h.Loader.Config, h.Loader.Generate[0]),
			"run 'xenpci boot enable' again after " + h.Loader.Generate[0],
		})
	}
	return all
}

// menuConflicts returns those in menu.lst as it was before xenpci edited it.
func (h *Host) menuConflicts(devices []Device) []Warning {
	name := h.Loader.Config
	content, err := h.unedited(h.Loader.Config)
	if err != nil {
		return unknown(err)
	}
	var all []Warning
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
		missing := "# " + grub.OptionXenKernel + "="
		all = append(all, Warning{
			fmt.Sprintf("%s: without a line %q, update-grub writes entries without xenpci's argument when a kernel is installed", name, missing),
			"add that line and run 'xenpci boot enable' again",
		})
	}
	return all
}

// unknown is the one warning where nothing could be read.
func unknown(err error) []Warning {
	reason, advice := change.Explain(err)
	return []Warning{{reason, advice}}
}
