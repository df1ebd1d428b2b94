package boot

import (
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
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
	want := Entry{Dom0: line}.hides(hideKey(h))
	entries, err := h.Loader.Entries(h.FS)
	for _, e := range entries {
		w, _ := h.writer(e)
		hide := e.hides(hideKey(h))
		if err == nil && w == bySettings && !e.Recovery && len(hide) > 0 && !slices.Equal(sorted(hide), sorted(want)) {
			return true
		}
	}
	return false
}

// sorted returns the devices of a list in their order.
func sorted(hide pciback.Hide) []pci.Address {
	return slices.SortedFunc(slices.Values(hide.Addresses()), pci.Address.Compare)
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
