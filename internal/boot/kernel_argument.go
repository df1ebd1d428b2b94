package boot

import (
	"context"
	"fmt"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// kernelArgument puts the devices on the command line of dom0's kernel. It is the
// only layer by which a pciback that is built into the kernel comes before all
// other drivers; one that is a module reads the command line when it is loaded.
// The layer identifies devices by address. The last argument of the key takes
// effect.
type kernelArgument struct{}

func (kernelArgument) name() Name { return KernelArgument }

// files returns those of all boot loaders, so that what was written for one that is
// not used any more is removed.
func (kernelArgument) files(h *Host, devices []Device, on bool) ([]change.Change, error) {
	if on {
		if err := h.takesArgument(devices); err != nil {
			return nil, err
		}
	}
	generated, dropIn := h.Loader.Kind == GRUB2 && h.Loader.Generated, h.Loader.DropIn
	menu, err := inPlace(target{}.menuList).change(h, menuFile(h), hideValue(devices), on && h.Loader.Kind == GRUBLegacy)
	if err != nil {
		return nil, err
	}
	byHand, err := grubConfigChanges(h, hideValue(devices), on)
	if err != nil {
		return nil, err
	}
	xen, err := xenEFIChanges(h, hideValue(devices), on)
	if err != nil {
		return nil, err
	}
	own, err := dropInChange(h, hideValue(devices), on && generated && dropIn)
	if err != nil {
		return nil, err
	}
	block, err := blockChange(h, hideValue(devices), on && generated && !dropIn)
	if err != nil {
		return nil, err
	}
	extlinux, err := extlinuxChange(h, hideValue(devices), on && h.Loader.Kind == Syslinux && h.Loader.Generated)
	if err != nil {
		return nil, err
	}
	hook, err := grubHookChange(h, hideValue(devices), on && generated)
	return append(append(byHand, xen...), menu, own, block, extlinux, hook), err
}

// takesArgument returns why the argument cannot be given to the kernel.
func (h *Host) takesArgument(devices []Device) error {
	byHand := func(reason string, args ...any) error {
		return &fault{fmt.Sprintf(reason, args...), h.addByHand(devices)}
	}
	switch {
	case !h.Loader.Known():
		return byHand("no boot loader was found that xenpci knows")
	case h.Loader.Kind == GRUBLegacy:
	case h.Loader.Kind == Stub:
		return &fault{h.Loader.Config + " is a unified image that boots Linux without Xen", "boot Xen, where devices are hidden for guests"}
	case h.Loader.Unified:
		return &fault{h.Loader.Config + " is a unified image, which has its configuration in itself",
			"add " + hideKey(h) + "=" + hideValue(devices) + " to the line kernel= of that configuration by hand, and build the image again"}
	case h.Loader.Kind == XenEFI:
		if err := h.editsXenConfig(devices); err != nil {
			return byHand("%s", err)
		}
	case h.Loader.Kind == GRUB2 && !h.Loader.Generated:
		if err := h.editsConfig(devices); err != nil {
			return byHand("%s", err)
		}
	case h.Loader.Kind == Syslinux:
		if err := h.takesOptions(); err != nil {
			return byHand("%s", err)
		}
	case hideKey(h) != pciback.HideKey:
		return byHand("this kernel's pciback is older than GRUB 2")
	case !h.Loader.DropIn && !h.FS.Exists(grubDefaults):
		return byHand("%s is missing, and grub-mkconfig reads no other settings here", grubDefaults)
	case h.Loader.Generate == nil:
		return byHand("neither update-grub nor grub-mkconfig was found to generate %s", h.Loader.Config)
	}
	return fits(devices)
}

// dropInChange returns the change of our file in /etc/default/grub.d.
func dropInChange(h *Host, value string, on bool) (change.Change, error) {
	var text string
	if on {
		line, err := grub.Dom0ArgumentLine(pciback.HideKey, value)
		if err != nil {
			return change.Change{}, err
		}
		text = mark + "# The normal entries with Xen hide these devices from dom0.\n" + line + "\n"
	}
	return whole(h.FS, brand.GRUBDropIn, []byte(text), 0, on)
}

// blockChange returns the change of /etc/default/grub, where that directory is not
// read.
func blockChange(h *Host, value string, on bool) (change.Change, error) {
	line, err := grub.Dom0ArgumentLine(pciback.HideKey, value)
	if err != nil && on {
		return change.Change{}, err
	}
	return editedBlock(h, grubDefaults, []string{line}, on, func(content []byte, at block.Block) error {
		return grub.ParseDefaults(grubDefaults, content).Assigns(grub.XenReplaceDefault, at.Line+1)
	})
}

// editedBlock returns the change of a file that others write too, by which it has a
// block with these lines, or none. check is given what becomes of it.
func editedBlock(h *Host, path string, lines []string, on bool, check func(content []byte, at block.Block) error) (change.Change, error) {
	return edited(h.FS, path, on, func(old []byte) ([]byte, error) {
		content, at, err := withBlock(old, lines, on)
		if err == nil && on {
			return content, check(content, at)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return content, nil
	})
}

func withBlock(old []byte, lines []string, on bool) (content []byte, at block.Block, err error) {
	var e edit.Edit
	if on {
		e, err = block.Hiding.Set(old, lines)
	} else {
		e, err = block.Hiding.Remove(old)
	}
	if err == nil {
		content, err = e.Apply(old)
	}
	if err == nil {
		at, _, err = block.Hiding.Find(content)
	}
	return content, at, err
}

// hideKey returns the argument that this kernel's pciback reads.
func hideKey(h *Host) string {
	key, _ := pciback.HideKeys(h.Module)
	return key
}

func (kernelArgument) commands(h *Host, _ []Device, _ bool) []change.Command {
	if !h.Loader.Generated || h.Loader.Generate == nil {
		return nil // what a person wrote is not replaced
	}
	return []change.Command{{Args: h.Loader.Generate, Why: h.Loader.Config + " is generated", Deadline: longCommand}}
}

// maxDom0Arguments is how long dom0's command line may be, in bytes. Xen truncates
// it there without a warning, and pciback rejects a truncated list: create_dom0 in
// xen/arch/x86/setup.c, MAX_GUEST_CMDLINE in xen/public/xen.h less the final NUL.
const maxDom0Arguments = 1023

// check reads what the boot loader will read: every normal entry with Xen that is made of
// the settings has to hide the devices, and so has the default entry; no recovery entry
// may hide any because of the layer.
func (l kernelArgument) check(ctx context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return append(errs, err)
	}
	if err := h.settingsLost(); err != nil {
		errs = append(errs, err)
	}
	normal := 0
	for _, e := range entries {
		switch w, _ := h.writer(e); {
		case e.Recovery:
			err = h.checkRecovery(e, devices)
		case w == bySettings:
			normal++
			err = h.checkEntry(e, devices)
		case e.Default:
			err = h.otherEntry(e, devices)
		default:
			err = nil // Conflicts and Reports name it
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if normal == 0 {
		errs = append(errs, fmt.Errorf("%s: no entry boots Xen", h.Loader.Config))
	}
	if len(errs) == 0 {
		errs = append(errs, h.checkXenServer(ctx, entries, devices)...)
	}
	return errs
}

// checkEntry returns why an entry does not hide the devices, and no others.
func (h *Host) checkEntry(e Entry, devices []Device) error {
	list, there := pciback.ReadHideList(e.Dom0, hideKey(h))
	hide, refused := pciback.ParseHide(list.Effective)
	switch {
	case !there:
		return fmt.Errorf("%s: the entry %q has no %s", e.File, e.Title, hideKey(h))
	case len(e.Dom0.String()) > maxDom0Arguments:
		return fmt.Errorf("%s: in the entry %q dom0's command line is %d bytes long; Xen truncates it at %d bytes without a warning, and pciback rejects a truncated list",
			e.File, e.Title, len(e.Dom0.String()), maxDom0Arguments)
	case refused != nil || len(missing(hide, devices)) > 0 || len(h.lost(hide, devices)) > 0:
		return fmt.Errorf("%s: the entry %q hides %s instead of %s", e.File, e.Title, list.Effective, hideValue(devices))
	}
	return nil
}

// checkRecovery returns an error if a recovery entry hides what the layer hides, unless
// the settings of others had it do so before.
func (h *Host) checkRecovery(e Entry, devices []Device) error {
	hide := e.hides(hideKey(h))
	if h.Loader.inPlace() || len(hide) == 0 || len(missing(hide, devices)) > 0 {
		return nil
	}
	if w, _ := h.writer(e); w != bySettings {
		return nil
	}
	line, err := h.recoveryLine()
	if before := (Entry{Dom0: line}).hides(hideKey(h)); err != nil || len(missing(before, devices)) == 0 {
		return nil
	}
	return fmt.Errorf("%s: the recovery entry %q hides devices", e.File, e.Title)
}

// recoveryLine returns the arguments that the settings, without ours, give dom0's kernel in
// recovery entries.
func (h *Host) recoveryLine() (grub.CommandLine, error) {
	if h.Loader.Kind != GRUB2 {
		return h.settingsLine()
	}
	settings, err := h.settings()
	if err != nil {
		return grub.CommandLine{}, err
	}
	return settings.Dom0Recovery()
}

// menuFile returns the menu.lst of the boot loader, or else one that xenpci edited
// earlier.
func menuFile(h *Host) string {
	if h.Loader.Kind == GRUBLegacy {
		return h.Loader.Config
	}
	for _, name := range menuLists {
		if _, touched, err := change.Backup(h.FS, brand.Hiding, name); err == nil && touched {
			return name
		}
	}
	return menuLists[0]
}
