package boot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// settingLines returns the command lines of dom0's kernel in the files that others write,
// from which the boot loader's entries are made, or that are its entries.
func (h *Host) settingLines() ([]settingLine, []Warning) {
	switch {
	case h.Loader.Kind == GRUBLegacy:
		return h.menuLines()
	case h.Loader.Kind == XenEFI:
		return h.xenLines()
	case h.Loader.inPlace():
		return h.configLines()
	case h.Loader.Kind == GRUB2:
		return h.defaultsLines()
	case h.Loader.Kind == Syslinux && h.Loader.Generated:
		return h.extlinuxLines()
	}
	return nil, nil
}

// defaultsLines returns those in the settings from which grub.cfg is generated, as the
// kernel gets them.
func (h *Host) defaultsLines() (lines []settingLine, unread []Warning) {
	settings, err := h.settings()
	if err != nil {
		return nil, unknown(err)
	}
	for _, pair := range grub.Dom0Variables() {
		for _, name := range pair {
			setting, err := settings.Get(name)
			if err != nil {
				unread = append(unread, Warning{Reason: fmt.Sprintf("cannot tell whether %s hides devices: %v", name, err)})
			}
			if setting.Value == "" {
				continue // the other one is used
			}
			where := fmt.Sprintf("%s:%d: %s", setting.File, setting.Line, name)
			line, rest, err := setting.KernelArguments()
			if err != nil {
				unread = append(unread, Warning{Reason: err.Error()})
			}
			if hide, _ := pciback.ParseHideLenient(rest); strings.Contains(rest, "pciback") || len(hide) > 0 {
				unread = append(unread, Warning{Reason: fmt.Sprintf("%s: GRUB ends the kernel's arguments at %q, so the kernel does not get %q", where, rest[:1], rest)})
			}
			lines = append(lines, settingLine{where, line})
			break
		}
	}
	return lines, unread
}

// entriesOfOthers returns what is wrong with the entries that no setting reaches.
func (h *Host) entriesOfOthers(devices []Device) (all []Warning) {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return unknown(err)
	}
	all = append(all, warnings(h.ofOthers(entries, devices))...)
	for _, e := range entries {
		if w, _ := h.writer(e); w != bySettings {
			all = append(all, h.lineConflicts(settingLine{e.where(), e.Dom0}, devices, false)...)
		}
	}
	return all
}

// settings returns GRUB's settings without ours.
func (h *Host) settings() (grub.Settings, error) { return h.readSettings(false) }

// readSettings returns GRUB's settings, with ours or without.
func (h *Host) readSettings(ours bool) (grub.Settings, error) {
	names := h.Loader.SettingFiles(h.FS)
	if !ours {
		names = slices.DeleteFunc(names, func(name string) bool { return name == brand.GRUBDropIn })
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
			if content, err = block.Hiding.Blank(content); err != nil {
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

// configLines returns those in a grub.cfg that a person wrote.
func (h *Host) configLines() (lines []settingLine, unread []Warning) {
	content, err := h.unedited(h.Loader.Config)
	if err != nil {
		return nil, unknown(err)
	}
	config, err := grub.ParseConfig(content, grubVariables(h.FS, h.Loader.Config))
	if err != nil {
		return nil, unknown(fmt.Errorf("%s: %w", h.Loader.Config, err))
	}
	for _, e := range config.XenEntries() {
		if xen, _ := e.Xen(); !e.Recovery() {
			lines = append(lines, settingLine{fmt.Sprintf("%s:%d", h.Loader.Config, xen.Dom0.Line), xen.Dom0.Arguments})
		}
	}
	return lines, nil
}

// menuLines returns those in menu.lst as it was before xenpci edited it.
func (h *Host) menuLines() (lines []settingLine, unread []Warning) {
	name := h.Loader.Config
	content, err := h.unedited(h.Loader.Config)
	if err != nil {
		return nil, unknown(err)
	}
	menu := grub.ParseMenuList(content)
	for _, i := range menu.Dom0Stanzas() {
		xen, _ := menu.Stanzas[i].Xen()
		lines = append(lines, settingLine{fmt.Sprintf("%s:%d", name, xen.Dom0.Line), xen.Dom0.Arguments})
	}
	if value, line, there := menu.Option(grub.OptionXenKernel); there && menu.Automagic() {
		lines = append(lines, settingLine{fmt.Sprintf("%s:%d: %s", name, line, grub.OptionXenKernel), grub.ParseCommandLine(value)})
	}
	return lines, nil
}

// replaceConflicts returns the program that replaces entries in which xenpci writes its
// argument, and does not know it.
func (h *Host) replaceConflicts() []Warning {
	switch {
	case !h.Loader.inPlace():
		return nil
	case h.Loader.Kind == GRUB2 && h.Loader.Generate != nil:
		return []Warning{{
			fmt.Sprintf("%s was written by hand: %s would replace it, and xenpci's argument with it", h.Loader.Config, h.Loader.Generate[0]),
			"run 'xenpci boot enable' again after " + h.Loader.Generate[0],
		}}
	case h.Loader.Kind != GRUBLegacy:
		return nil
	}
	content, err := h.unedited(h.Loader.Config)
	if err != nil {
		return nil // settingLines reports it
	}
	menu := grub.ParseMenuList(content)
	if _, _, there := menu.Option(grub.OptionXenKernel); there || !menu.Automagic() {
		return nil
	}
	missing := "# " + grub.OptionXenKernel + "="
	return []Warning{{
		fmt.Sprintf("%s: without a line %q, update-grub writes entries without xenpci's argument when a kernel is installed", h.Loader.Config, missing),
		"add that line and run 'xenpci boot enable' again",
	}}
}

// unknown is the one warning where nothing could be read.
func unknown(err error) []Warning { return warnings([]error{err}) }

// warnings returns errors as warnings.
func warnings(errs []error) (all []Warning) {
	for _, err := range errs {
		reason, advice := change.Explain(err)
		all = append(all, Warning{reason, advice})
	}
	return all
}
