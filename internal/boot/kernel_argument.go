package boot

import (
	"context"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/pkg/grub"
)

// kernelArgument names the devices on the command line of dom0's kernel. It is
// the one layer that a pciback in the kernel image heeds before any driver; one
// that is a module heeds it when something loads it. It knows addresses alone,
// and the last argument of the key counts.
type kernelArgument struct{}

func (kernelArgument) name() Name { return KernelArgument }

func (kernelArgument) files(h *Host, devices []Device, on bool) ([]Change, error) {
	switch {
	case h.Loader.Kind == GRUBLegacy:
		change, err := menuListChange(h, hideValue(devices), on)
		return []Change{change}, err
	case h.Loader.Kind == GRUB2 && h.Loader.DropIn:
		var text string
		var err error
		if on {
			text, err = grub.DropIn(hideValue(devices))
		}
		if err != nil {
			return nil, err
		}
		change, err := whole(h.FS, grub.DropInFile, []byte(text), 0, on)
		return []Change{change}, err
	case h.Loader.Kind == GRUB2:
		change, err := edited(h.FS, grubDefaults, func(old []byte) ([]byte, error) {
			defaults := grub.ParseDefaults(grubDefaults, old)
			if !on {
				return defaults.RemoveBlock().Apply(old)
			}
			change, err := defaults.SetBlock(hideValue(devices))
			if err != nil {
				return nil, err
			}
			return change.Apply(old)
		})
		return []Change{change}, err
	case on:
		return nil, errors.New("no GRUB was found; add " + hideKey(h) + "=" + hideValue(devices) + " to the arguments of dom0's kernel by hand")
	}
	return nil, nil
}

// hideKey is the argument that this kernel's pciback reads.
func hideKey(h *Host) string {
	if h.Module == pcibackModules[1] {
		return grub.OldHideKey
	}
	return grub.HideKey
}

func (kernelArgument) commands(h *Host, _ []Device, _ bool) []Command {
	if h.Loader.Kind != GRUB2 || h.Loader.Generate == nil {
		return nil
	}
	return []Command{{Args: h.Loader.Generate, Why: h.Loader.Config + " is generated", Deadline: longCommand}}
}

// check reads what the boot loader will read: every entry with Xen has the
// devices, once, and none that is for mending the machine has any.
func (l kernelArgument) check(_ context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return append(errs, err)
	}
	normal := 0
	for _, e := range entries {
		list, there := e.Dom0.HideList(hideKey(h))
		switch {
		case e.Rescue && there && list.Effective == hideValue(devices):
			errs = append(errs, fmt.Errorf("%s: the entry %q is for mending the machine, and hides devices", h.Loader.Config, e.Title))
		case e.Rescue:
		case !there:
			errs = append(errs, fmt.Errorf("%s: the entry %q does not have %s", h.Loader.Config, e.Title, hideKey(h)))
		case list.Effective != hideValue(devices):
			errs = append(errs, fmt.Errorf("%s: the entry %q hides %s", h.Loader.Config, e.Title, list.Effective))
		}
		if !e.Rescue {
			normal++
		}
	}
	if normal == 0 {
		errs = append(errs, fmt.Errorf("%s: no entry boots Xen", h.Loader.Config))
	}
	return errs
}
