package boot

import (
	"errors"
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
		c, err := target{}.xenConfig(file.Section).change(h, file.Name, value, on && h.Loader.Kind == XenEFI)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// xenConfig edits the arguments in each section with a kernel. It is an error if that would change
// another section too: sections without a name take settings of others.
func (t target) xenConfig(section string) inPlace {
	return func(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
		c := xencfg.Parse(content)
		var edits []edit.Edit
		var titles titles
		boots, editBoot := c.Boots(section), c.EditDom0
		if t.xen {
			editBoot = c.EditXen
		}
		lines := make([][]string, len(boots))
		for i, b := range boots {
			lines[i] = wordsOf(t.bootLine(b))
			if b.Recovery() && !t.recovery {
				continue
			}
			o := operation(titles.next(b.Section, b.Recovery()), t.bootLine(b))
			line, err := t.bootLine(b).Apply(o)
			if err == nil {
				var e edit.Edit
				if e, err = editBoot(b, o); !slices.Contains(edits, e) { // sections may share a line
					edits = append(edits, e)
				}
			}
			if err != nil {
				return nil, fmt.Errorf("the section %q: %w", b.Section, err)
			}
			lines[i] = wordsOf(line)
		}
		edited, err := applyAll(content, edits)
		if err != nil {
			return nil, err
		}
		return edited, t.onlyBoots(xencfg.Parse(edited).Boots(section), boots, lines)
	}
}

// bootLine returns the arguments of the target in a section.
func (t target) bootLine(b xencfg.Boot) grub.CommandLine {
	if t.xen {
		return b.Xen
	}
	return b.Dom0.Arguments
}

// onlyBoots returns an error unless the sections that boot are those of before, and the target has
// these arguments.
func (t target) onlyBoots(got, before []xencfg.Boot, lines [][]string) error {
	if len(got) != len(before) {
		return errors.New("the arguments cannot be edited alone")
	}
	other := target{xen: !t.xen}
	for i, b := range got {
		same := b.Section == before[i].Section && b.Dom0.File == before[i].Dom0.File && b.Ramdisk == before[i].Ramdisk &&
			other.bootLine(b).String() == other.bootLine(before[i]).String()
		if !same || !slices.Equal(wordsOf(t.bootLine(b)), lines[i]) {
			return fmt.Errorf("the section %q shares its arguments with another one", b.Section)
		}
	}
	return nil
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
