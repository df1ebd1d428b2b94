package boot

import (
	"context"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// kernelArgument names the devices on the command line of dom0's kernel. It is
// the one layer that a pciback in the kernel image heeds before any driver; one
// that is a module heeds it when something loads it. It knows addresses alone,
// and the last argument of the key counts.
type kernelArgument struct{}

func (kernelArgument) name() Name { return KernelArgument }

// files are those of all boot loaders: what was written for one that is not used
// any more goes.
func (kernelArgument) files(h *Host, devices []Device, on bool) ([]change.Change, error) {
	if on {
		if err := h.takesArgument(devices); err != nil {
			return nil, err
		}
	}
	kind, dropIn := h.Loader.Kind, h.Loader.DropIn
	menu, err := menuListChange(h, hideValue(devices), on && kind == GRUBLegacy)
	if err != nil {
		return nil, err
	}
	own, err := dropInChange(h, hideValue(devices), on && kind == GRUB2 && dropIn)
	if err != nil {
		return nil, err
	}
	block, err := blockChange(h, hideValue(devices), on && kind == GRUB2 && !dropIn)
	if err != nil {
		return nil, err
	}
	hook, err := grubHookChange(h, hideValue(devices), on && kind == GRUB2)
	return []change.Change{menu, own, block, hook}, err
}

// takesArgument says why the boot loader cannot be given the argument.
func (h *Host) takesArgument(devices []Device) error {
	byHand := "add " + hideKey(h) + "=" + hideValue(devices) + " to the arguments of dom0's kernel by hand"
	switch {
	case !h.Loader.Known():
		return errors.New("no GRUB was found; " + byHand)
	case h.Loader.Kind == GRUBLegacy:
	case hideKey(h) != pciback.HideKey:
		return errors.New("this kernel's pciback is of the time before GRUB 2; " + byHand)
	case !h.Loader.DropIn && !h.FS.Exists(grubDefaults):
		return fmt.Errorf("%s is not there, and grub-mkconfig reads nothing else here; %s", grubDefaults, byHand)
	case !h.Loader.Generated:
		return fmt.Errorf("%s was not made by grub-mkconfig, which would write another in its place; %s", h.Loader.Config, byHand)
	case h.Loader.Generate == nil:
		return fmt.Errorf("neither update-grub nor grub-mkconfig is there to generate %s; %s", h.Loader.Config, byHand)
	}
	return fits(devices)
}

// dropInChange is that of our own file below /etc/default/grub.d.
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

// blockChange is that of /etc/default/grub, where there is no such folder.
func blockChange(h *Host, value string, on bool) (change.Change, error) {
	line, err := grub.Dom0ArgumentLine(pciback.HideKey, value)
	if err != nil && on {
		return change.Change{}, err
	}
	return editedBlock(h, grubDefaults, []string{line}, on, func(content []byte, at block.Block) error {
		return grub.ParseDefaults(grubDefaults, content).Assigns(grub.XenReplaceDefault, at.Line+1)
	})
}

// editedBlock is the change of a file that others write too, by which it has a
// block with these lines, or none. check looks at what becomes of it.
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
		e, err = block.Set(old, lines)
	} else {
		e, err = block.Remove(old)
	}
	if err == nil {
		content, err = e.Apply(old)
	}
	if err == nil {
		at, _, err = block.Find(content)
	}
	return content, at, err
}

// hideKey is the argument that this kernel's pciback reads.
func hideKey(h *Host) string {
	if h.Module == pcibackModules[1] {
		return pciback.OldHideKey
	}
	return pciback.HideKey
}

func (kernelArgument) commands(h *Host, _ []Device, _ bool) []change.Command {
	if h.Loader.Kind != GRUB2 || !h.Loader.Generated || h.Loader.Generate == nil {
		return nil // what a person wrote is not replaced, whatever is in it
	}
	return []change.Command{{Args: h.Loader.Generate, Why: h.Loader.Config + " is generated", Deadline: longCommand}}
}

// maxDom0Arguments is what Xen hands on of the command line for dom0's kernel, in
// bytes, and without a word of what it cuts: MAX_GUEST_CMDLINE of xen/public/xen.h
// less the end of the text, by create_dom0 in xen/arch/x86/setup.c. A list that is
// cut is no list to pciback.
const maxDom0Arguments = 1023

// check reads what the boot loader will read: every entry with Xen has the
// devices, once, and none that is for recovery has any.
func (l kernelArgument) check(_ context.Context, h *Host, devices []Device) []error {
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
		list, there := pciback.ReadHideList(e.Dom0, hideKey(h))
		switch {
		case e.Recovery && there && list.Effective == hideValue(devices):
			errs = append(errs, fmt.Errorf("%s: the recovery entry %q hides devices", h.Loader.Config, e.Title))
		case e.Recovery:
		case !there:
			errs = append(errs, fmt.Errorf("%s: the entry %q does not have %s", h.Loader.Config, e.Title, hideKey(h)))
		case len(e.Dom0.String()) > maxDom0Arguments:
			errs = append(errs, fmt.Errorf("%s: the entry %q has %d bytes of arguments for dom0's kernel, and Xen hands on %d",
				h.Loader.Config, e.Title, len(e.Dom0.String()), maxDom0Arguments))
		case list.Effective != hideValue(devices):
			errs = append(errs, fmt.Errorf("%s: the entry %q hides %s, and not %s", h.Loader.Config, e.Title, list.Effective, hideValue(devices)))
		}
		if !e.Recovery {
			normal++
		}
	}
	if normal == 0 {
		errs = append(errs, fmt.Errorf("%s: no entry boots Xen", h.Loader.Config))
	}
	return errs
}

// menuFile is the menu.lst that is looked at: the boot loader's, or else one that
// xenpci once edited.
func menuFile(h *Host) string {
	if h.Loader.Kind == GRUBLegacy {
		return h.Loader.Config
	}
	for _, name := range menuLists {
		if _, touched, err := change.Backup(h.FS, hiding, name); err == nil && touched {
			return name
		}
	}
	return menuLists[0]
}
