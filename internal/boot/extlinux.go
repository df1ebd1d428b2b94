package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// extlinuxSettings are what Alpine's update-extlinux makes extlinux.conf from: assignments
// of the shell. Every entry gets extlinuxOptions, with Xen and without. Unless
// extlinuxOverwrite is 1, the program only writes extlinux.conf.new.
const (
	extlinuxSettings  = "/etc/update-extlinux.conf"
	extlinuxOptions   = "default_kernel_opts"
	extlinuxOverwrite = "overwrite"
)

// findSyslinux looks for EXTLINUX, SYSLINUX or ISOLINUX.
func findSyslinux(f sysfs.FS) (Loader, error) {
	media, denied := f.List(syslinux.Media) // it may be missing
	slices.Sort(media)
	for _, name := range syslinux.Files(media) {
		content, exists, err := etc.Read(f, name)
		switch {
		case err != nil:
			return Loader{}, err
		case !exists || len(syslinux.Parse(content).Labels) == 0:
			continue
		}
		l := Loader{Kind: Syslinux, Config: name, Generated: syslinux.Generated(content)}
		for _, program := range []string{"/sbin/update-extlinux", "/usr/sbin/update-extlinux"} {
			if l.Generated && f.Exists(program) {
				l.Generate = []string{"update-extlinux"}
			}
		}
		return l, nil
	}
	if !errors.Is(denied, fs.ErrPermission) {
		denied = nil
	}
	return Loader{}, denied
}

func syslinuxEntries(name string, content []byte) []Entry {
	config := syslinux.Parse(content)
	chosen, known := config.Default()
	var entries []Entry
	for _, l := range config.XenLabels() {
		xen, _ := l.Xen()
		entries = append(entries, Entry{
			File: name, Title: l.Title, Recovery: l.Recovery(), Default: known && l.Line == chosen.Line, Line: xen.Dom0.Line,
			Dom0: xen.Dom0.Arguments, Hypervisor: xen.Hypervisor, Kernel: xen.Dom0.File, Initrds: xen.Initrds(),
		})
	}
	return entries
}

// takesOptions returns why the argument cannot be written where update-extlinux reads it; nil
// if it can.
func (h *Host) takesOptions() error {
	switch {
	case !h.Loader.Generated:
		return fmt.Errorf("%s was not made by update-extlinux, and xenpci does not edit it", h.Loader.Config)
	case !h.FS.Exists(extlinuxSettings):
		return fmt.Errorf("%s is missing, from which update-extlinux makes %s", extlinuxSettings, h.Loader.Config)
	case h.Loader.Generate == nil:
		return fmt.Errorf("update-extlinux was not found to generate %s", h.Loader.Config)
	}
	settings, err := h.extlinuxSettings(true)
	if err != nil {
		return err
	}
	if overwrite, err := settings.Get(extlinuxOverwrite); err == nil && overwrite.Value != "1" {
		return fmt.Errorf("%s does not set %s=1, so that update-extlinux leaves %s as it is", extlinuxSettings, extlinuxOverwrite, h.Loader.Config)
	}
	return nil
}

// extlinuxSettings returns the settings of update-extlinux, with ours or without.
func (h *Host) extlinuxSettings(ours bool) (grub.Settings, error) {
	content, _, err := etc.Read(h.FS, extlinuxSettings)
	if err == nil && !ours {
		content, err = block.Hiding.Blank(content)
	}
	if err != nil {
		return grub.Settings{}, fmt.Errorf("%s: %w", extlinuxSettings, err)
	}
	return grub.Read(grub.ParseDefaults(extlinuxSettings, content)), nil
}

// extlinuxBlock returns what xenpci's block adds to the options.
func (h *Host) extlinuxBlock() (grub.Setting, error) {
	content, _, err := etc.Read(h.FS, extlinuxSettings)
	if err != nil {
		return grub.Setting{}, err
	}
	own, _, err := block.Hiding.Find(content)
	if err != nil {
		return grub.Setting{}, err
	}
	return grub.Read(grub.ParseDefaults(extlinuxSettings, []byte(extlinuxOptions+"=\n"+own.Text))).Get(extlinuxOptions)
}

// extlinuxChange returns the change of the settings: the argument is appended to what the
// options are at that point of the file.
func extlinuxChange(h *Host, value string, on bool) (change.Change, error) {
	line := fmt.Sprintf(`%s="$%[1]s %s=%s"`, extlinuxOptions, hideKey(h), value)
	return editedBlock(h, extlinuxSettings, []string{line}, on, func(content []byte, at block.Block) error {
		file := grub.ParseDefaults(extlinuxSettings, content)
		if err := file.Assigns(extlinuxOptions, at.Line+1); err != nil {
			return err
		}
		last, err := grub.Read(file).Get(extlinuxOptions)
		if list, _ := pciback.ReadHideList(grub.ParseCommandLine(last.Value), hideKey(h)); err == nil && list.Effective != value {
			return &fault{fmt.Sprintf("%s:%d: %s is set again after xenpci's block", extlinuxSettings, last.Line, extlinuxOptions), "move the line above the block"}
		}
		return nil
	})
}

// extlinuxLines returns the command line in the settings of update-extlinux.
func (h *Host) extlinuxLines() (lines []settingLine, unread []Warning) {
	settings, err := h.extlinuxSettings(false)
	if err != nil {
		return nil, unknown(err)
	}
	options, err := settings.Get(extlinuxOptions)
	if err != nil {
		return nil, []Warning{{Reason: fmt.Sprintf("cannot tell whether %s hides devices: %v", extlinuxOptions, err)}}
	}
	return []settingLine{{fmt.Sprintf("%s:%d: %s", options.File, options.Line, extlinuxOptions), grub.ParseCommandLine(options.Value)}}, nil
}
