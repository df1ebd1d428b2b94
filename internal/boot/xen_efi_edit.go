package boot

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// xenEFIChanges returns the changes of each configuration file of xen.efi: of those that it
// reads, and of any that xenpci edited when the machine booted by that.
func xenEFIChanges(h *Host, value string, on bool) ([]change.Change, error) {
	files := slices.Clone(h.Loader.Files)
	if programs := xenPrograms(h.FS); h.Loader.Kind != XenEFI && len(programs) > 0 {
		files = xenEFI(h.FS, programs, 0, xencfg.Options{}).Files
	}
	var changes []change.Change
	for _, file := range files {
		if _, touched, err := change.Backup(h.FS, brand.Hiding, file.Name); h.Loader.Kind != XenEFI && (err != nil || !touched) {
			continue
		}
		c, err := editXenConfig(file.Section).change(h, file.Name, value, on && h.Loader.Kind == XenEFI)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// editXenConfig edits the arguments of dom0 in each normal section with a kernel.
func editXenConfig(section string) inPlace {
	return func(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
		c := xencfg.Parse(content)
		var edits []edit.Edit
		var titles titles
		for _, b := range c.Boots(section) {
			if b.Recovery() {
				continue
			}
			e, err := c.EditDom0(b, operation(titles.next(b.Section), b.Dom0.Arguments))
			if err != nil {
				return nil, fmt.Errorf("the section %q: %w", b.Section, err)
			}
			edits = append(edits, e)
		}
		return applyAll(content, edits)
	}
}

// editsXenConfig returns why xenpci cannot give the argument to dom0 by xen.efi.
func (h *Host) editsXenConfig(devices []Device) error {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(entries, func(e Entry) bool { return !e.Recovery }) {
		return fmt.Errorf("%s: no section has a kernel", h.Loader.Config)
	}
	_, err = xenEFIChanges(h, hideValue(devices), true)
	return err
}

// xenLines returns the command lines in the configuration of xen.efi as it was before xenpci
// edited it.
func (h *Host) xenLines() (lines []settingLine, unread []Warning) {
	for _, file := range h.Loader.Files {
		content, err := h.unedited(file.Name)
		if err != nil {
			unread = append(unread, unknown(err)...)
			continue
		}
		for _, b := range xencfg.Parse(content).Boots(file.Section) {
			if !b.Recovery() {
				lines = append(lines, settingLine{fmt.Sprintf("%s:%d", file.Name, b.Dom0.Line), b.Dom0.Arguments})
			}
		}
	}
	return lines, unread
}

// unjudgedXenEFI returns a fault if xenpci cannot tell what xen.efi boots.
func (l Loader) unjudgedXenEFI(f sysfs.FS) []error {
	if l.Unified {
		return []error{&fault{l.Config + " is a unified image with Xen, and xenpci does not edit the configuration in it", "add the devices to that configuration, and build the image again"}}
	}
	all := l.unjudgedBefore(f)
	entries, err := l.Entries(f)
	if err != nil || slices.ContainsFunc(entries, func(e Entry) bool { return e.Default && !e.Recovery }) {
		return all
	}
	var sections []string
	for _, e := range entries {
		if e.Default {
			return append(all, &fault{fmt.Sprintf("%s: the section %q, which boots by default, is for recovery, where nothing is hidden", e.File, e.Title), "make another section the default"})
		}
		sections = append(sections, e.Title)
	}
	return append(all, &fault{fmt.Sprintf("%s: the section that boots by default has no kernel", l.Config), "name one of these with default=: " + prose.List(sections)})
}

// unjudgedBefore returns a fault if what the firmware starts may not start xen.efi by default.
func (l Loader) unjudgedBefore(f sysfs.FS) []error {
	next, known := firstEFIEntry(f)
	program := onEFIPartition(f, next.File)
	switch kind, err := readEFIProgram(f, program); {
	case startsSystemdBoot(f, l.Menu == ""):
		return l.unjudgedSystemdBoot(f)
	case l.Menu != "":
		menu := Loader{Kind: GRUB2, Config: l.Menu}
		if _, _, err := etc.Read(f, l.Menu); err != nil {
			return []error{err}
		}
		return menu.unjudgedDefault(f)
	case known && err == nil && kind == efiLoader:
		return []error{&fault{fmt.Sprintf("cannot tell whether this machine boots Xen: its firmware starts another boot loader, %s", program), "have its default entry start xen.efi, which reads " + l.Config}}
	}
	return nil
}
