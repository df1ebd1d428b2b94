package boot

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// leftOver reports whether something that a generator made still has a layer whose
// files are gone: a process that was killed had removed the files, and not run the
// generator yet.
func (h *Host) leftOver(name Name) bool {
	switch name {
	case KernelArgument:
		return h.Loader.Generated && h.entriesLeft()
	case Initramfs:
		if h.Image.Content == nil {
			return false
		}
		_, script := h.Image.Content.Entry("scripts/init-top/00xenpci")
		_, program := h.Image.Content.Entry(h.Program[1:])
		return script || program
	case Modprobe:
		return h.Image.has(h.FS, softdepFile, optionsFile)
	case Udev:
		return h.Image.has(h.FS, udevRules)
	}
	return false
}

// entriesLeft reports whether an entry hides other devices than its settings say.
func (h *Host) entriesLeft() bool {
	line, err := h.settingsLine()
	if err != nil {
		return false // only a shell could tell
	}
	want, _ := pciback.ReadHideList(line, hideKey(h))
	entries, err := h.Loader.Entries(h.FS)
	for _, e := range entries {
		list, there := pciback.ReadHideList(e.Dom0, hideKey(h))
		if err == nil && there && !e.Recovery && list.Effective != want.Effective {
			return true
		}
	}
	return false
}

// settingsLine returns the arguments that the settings, without ours, give dom0's kernel.
func (h *Host) settingsLine() (grub.CommandLine, error) {
	if h.Loader.Kind == Syslinux {
		settings, err := h.extlinuxSettings(false)
		if err != nil {
			return grub.CommandLine{}, err
		}
		options, err := settings.Get(extlinuxOptions)
		return grub.ParseCommandLine(options.Value), err
	}
	settings, err := h.settings()
	if err != nil {
		return grub.CommandLine{}, err
	}
	return settings.Dom0()
}

// has reports whether the image has one of these files that the system does not
// have.
func (i Image) has(f sysfs.FS, names ...string) bool {
	for _, name := range names {
		if _, ok := i.file(name); ok && !f.Exists(name) {
			return true
		}
	}
	return false
}
