package boot

import (
	"bytes"
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Answer is whether a device is named somewhere.
type Answer string

// The answers. NotAsked is for where it need not be named.
const (
	NotAsked Answer = "-"
	Yes      Answer = "yes"
	No       Answer = "no"
)

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// both returns Yes if both are, or if one is and the other was not asked.
func both(a, b Answer) Answer {
	if a == NotAsked {
		return b
	}
	if b == NotAsked {
		return a
	}
	return answer(a == Yes && b == Yes)
}

// Report is where one device is named, for the next boot and for this one.
type Report struct {
	Written     map[Name]Answer // in the files of each enabled layer
	Entry       Answer          // in the entries that boot Xen, as the boot loader reads them
	CommandLine Answer          // on the running kernel's command line
	Image       Answer          // in the initramfs

	Others bool // the entries that do not have it are all of others, so that xenpci cannot write it there
}

// Reports returns where each device is named. wrong is what is not as it should be
// for the next boot, for all devices together. Where no layer can hide the devices, it
// looks whether the entries have the argument for them all the same, added by hand.
func (h *Host) Reports(ctx context.Context, devices []Device, enabled []Name) (reports []Report, wrong []error) {
	reports = make([]Report, len(devices))
	now, _ := pciback.ReadHideList(grub.ParseCommandLine(h.CommandLine()), hideKey(h))
	for i, d := range devices {
		r := Report{Written: map[Name]Answer{}, Entry: NotAsked, CommandLine: NotAsked, Image: NotAsked}
		for _, l := range layers() {
			if !slices.Contains(enabled, l.name()) {
				continue
			}
			written, made := l.names(h, d)
			r.Written[l.name()] = written
			if l.name() == KernelArgument {
				r.Entry, r.CommandLine = made, answer(named(now.Effective, d.Address))
				r.Others = made == No && h.lackedByOthers(d)
			} else {
				r.Image = both(r.Image, made)
			}
		}
		reports[i] = r
	}
	for _, l := range layers() {
		if slices.Contains(enabled, l.name()) || l.name() == triggers && len(enabled) > 0 {
			wrong = append(wrong, l.check(ctx, h, devices)...)
		}
	}
	if slices.Contains(enabled, KernelArgument) {
		entries, _ := h.Loader.Entries(h.FS) // the layer's check reports the error, and the default entry
		wrong = append(wrong, h.ofOthers(slices.DeleteFunc(entries, func(e Entry) bool { return e.Default }), devices)...)
	}
	byHand := len(enabled) == 0 && NoLayer(h, devices) != nil && h.HiddenByHand(devices)
	for i, d := range devices {
		if byHand {
			reports[i].Entry, reports[i].CommandLine = Yes, answer(named(now.Effective, d.Address))
		}
	}
	if len(enabled) > 0 || byHand {
		wrong = append(wrong, h.Loader.unjudged(h.FS)...)
	}
	return reports, wrong
}

// named reports whether a value of hide= has a device.
func named(value string, a pci.Address) bool {
	hide, err := pciback.ParseHide(value)
	return err == nil && hide.Has(a)
}

func (kernelArgument) names(h *Host, d Device) (written, made Answer) {
	lists, err := writtenLists(h)
	has := func(list string) bool { return named(list, d.Address) }
	written = answer(err == nil && len(lists) > 0 && !slices.ContainsFunc(lists, func(list string) bool { return !has(list) }))
	entries, err := h.Loader.Entries(h.FS)
	normal := slices.DeleteFunc(entries, func(e Entry) bool { return e.Recovery })
	return written, answer(err == nil && len(normal) > 0 && !slices.ContainsFunc(normal, func(e Entry) bool {
		list, there := pciback.ReadHideList(e.Dom0, hideKey(h))
		return !there || !has(list.Effective)
	}))
}

// lackedByOthers reports whether there are normal entries with Xen that xenpci writes, or makes
// a program write, and all of them have a device.
func (h *Host) lackedByOthers(d Device) bool {
	entries, err := h.Loader.Entries(h.FS)
	ours := slices.DeleteFunc(entries, func(e Entry) bool {
		w, _ := h.writer(e)
		return e.Recovery || w != bySettings
	})
	return err == nil && len(ours) > 0 && !slices.ContainsFunc(ours, func(e Entry) bool { return !e.hides(hideKey(h)).Has(d.Address) })
}

// writtenLists returns the values of hide= in the files from which the boot loader's
// entries are made; those in the entries where they are edited in place.
func writtenLists(h *Host) (lists []string, err error) {
	if h.Loader.inPlace() {
		entries, err := h.Loader.Entries(h.FS)
		for _, e := range entries {
			if list, there := pciback.ReadHideList(e.Dom0, hideKey(h)); there && !e.Recovery && h.edits(e) {
				lists = append(lists, list.Effective)
			}
		}
		return lists, err
	}
	if h.Loader.Kind == Syslinux {
		settings, err := h.extlinuxSettings(true)
		if err != nil {
			return nil, err
		}
		options, err := settings.Get(extlinuxOptions)
		if err != nil { // only a shell can tell what precedes the block
			options, err = h.extlinuxBlock()
		}
		if list, there := pciback.ReadHideList(grub.ParseCommandLine(options.Value), hideKey(h)); there {
			lists = append(lists, list.Effective)
		}
		return lists, err
	}
	name := brand.GRUBDropIn
	if !h.Loader.DropIn {
		name = grubDefaults
	}
	content, _, err := etc.Read(h.FS, name)
	if err == nil && !h.Loader.DropIn {
		var own block.Block
		own, _, err = block.Hiding.Find(content)
		content = []byte(own.Text)
	}
	line, unclear := grub.Read(grub.ParseDefaults(name, content)).Get(grub.XenReplaceDefault)
	arguments, _, refused := line.KernelArguments()
	if list, there := arguments.Value(pciback.HideKey); there && unclear == nil && refused == nil {
		lists = append(lists, list)
	}
	return lists, err
}

func (initramfsLayer) names(h *Host, d Device) (written, made Answer) {
	files, err := initramfsLayer{}.files(h, []Device{d}, true)
	made = answer(h.Image.Content != nil && !slices.ContainsFunc(config.Files(h.FS), func(name string) bool { return h.Image.same(h.FS, name) != nil }))
	return answer(err == nil && !slices.ContainsFunc(files, differs)), made
}

func (modprobeLayer) names(h *Host, d Device) (written, made Answer) {
	config := h.modprobeConfig()
	options := config.Options(h.Module)
	hide := options.Parameter("hide")
	waiting := true
	for _, driver := range modules([]Device{d}, loadable) {
		waiting = waiting && waits(config, driver, h.Module) == nil
	}
	written = answer(waiting && hide != nil && named(hide.Wins.Value, d.Address))
	return written, h.copied(d, optionsFile, softdepFile)
}

func (udevLayer) names(h *Host, d Device) (written, made Answer) {
	rules, _, err := etc.Read(h.FS, udevRules)
	written = answer(err == nil && bytes.Contains(rules, []byte(`KERNEL=="`+d.Address.String()+`"`)))
	return written, h.copied(d, udevRules)
}

func (l initLayer) names(h *Host, d Device) (written, made Answer) {
	files, err := l.files(h, []Device{d}, true)
	return answer(err == nil && !slices.ContainsFunc(files, differs)), NotAsked
}

func (triggersLayer) names(*Host, Device) (written, made Answer) { return NotAsked, NotAsked }

// copied reports whether the image has files as they are now, where the image decides
// which driver gets the device: where a driver of the device is in it.
func (h *Host) copied(d Device, names ...string) Answer {
	if len(modules([]Device{d}, inImage)) == 0 {
		return NotAsked
	}
	for _, name := range names {
		if h.FS.Exists(name) && h.Image.same(h.FS, name) != nil {
			return No
		}
	}
	return Yes
}
