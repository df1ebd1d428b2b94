package boot

import (
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Origins returns the places from which dom0's kernel gets an argument at the next boot:
// GRUB's settings or, if they do not have it, the boot loader's entries. gone is true if the
// entries can be read, and none of those that are not for recovery has it.
func Origins(f sysfs.FS, argument string) (places []pciback.Place, gone bool) {
	loader, err := FindLoader(f)
	if err != nil || !loader.Known() {
		return nil, false
	}
	h := &Host{FS: f, Loader: loader}
	switch {
	case !loader.Generated:
	case loader.Kind == Syslinux:
		places = h.optionsWith(argument)
	default:
		places = h.settingsWith(argument)
	}
	entries, err := loader.Entries(f)
	if err != nil || len(entries) == 0 || len(places) > 0 {
		return places, false
	}
	for _, e := range entries {
		if !e.Recovery && has(e.Dom0, argument) {
			places = append(places, pciback.Place{File: e.File, Line: e.Line})
		}
	}
	return places, len(places) == 0
}

// settingsWith returns the places of the settings for dom0's kernel that have an argument.
func (h *Host) settingsWith(argument string) (places []pciback.Place) {
	settings, err := h.settings()
	if err != nil {
		return nil
	}
	for _, pair := range grub.Dom0Variables() {
		_, setting, err := settings.First(pair[:]...)
		if err != nil {
			continue
		}
		if line, _, err := setting.KernelArguments(); err == nil && has(line, argument) {
			places = append(places, pciback.Place{File: setting.File, Line: setting.Line})
		}
	}
	return places
}

// optionsWith returns the place in the settings of update-extlinux that has an argument.
func (h *Host) optionsWith(argument string) []pciback.Place {
	settings, err := h.extlinuxSettings(true)
	if err != nil {
		return nil
	}
	options, err := settings.Get(extlinuxOptions)
	if err != nil || !has(grub.ParseCommandLine(options.Value), argument) {
		return nil
	}
	return []pciback.Place{{File: options.File, Line: options.Line}}
}

// has reports whether a command line has an argument that is written so.
func has(line grub.CommandLine, argument string) bool {
	return slices.ContainsFunc(line.Arguments(), func(a grub.Argument) bool { return line.String()[a.Start:a.End] == argument })
}
