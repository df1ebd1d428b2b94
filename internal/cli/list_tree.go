package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/xenpci/xenpci/internal/picture"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// listTree draws the machine: on a terminal or, where file is given, there as
// SVG. Devices that cannot be read cost a line on stderr each, and the exit
// status 1; the others are drawn.
func (a *app) listTree(ctx context.Context, file string, names *pci.Names) error {
	devices, broken := a.choose(pci.Filter{}, pci.WithDriver|pci.WithParent|pci.WithBuses|pci.WithDetails)
	if broken != nil && devices == nil {
		return broken
	}
	status, err := a.host.Look().Status(ctx, addressesOf(devices)...)
	if err != nil {
		return err
	}
	a.warnOf(status.Notes)
	machine := picture.NewMachine(devices)
	machine.Name, machine.Class, machine.Mark = names.Model, names.Class, marks(devices, status)
	if err := a.draw(machine, file); err != nil {
		return err
	}
	a.warnOfErrors(passthrough.AsErrors(broken))
	return reported(classOfList(broken))
}

// marks returns which guest has which device, the names of its interfaces and disks, which
// ones are hidden, and what those were.
func marks(devices []pci.Device, status passthrough.Status) func(pci.Address) picture.Mark {
	all := make(map[pci.Address]picture.Mark, len(devices))
	for i, d := range devices {
		mark := picture.Mark{
			Hidden:     d.Driver == pciback.Name,
			Registered: status.Devices[i].Slot == pciback.SlotRegistered,
			PhysFn:     d.PhysFn,
			Names:      fewNames(status.Devices[i].KernelNames),
			Was:        wasNames(status.Devices[i].Was),
		}
		if guest := status.Devices[i].Guest; guest != nil {
			mark.Guest = cmp.Or(guest.Name, fmt.Sprintf("domain %d", guest.ID))
		}
		all[d.Address] = mark
	}
	return func(at pci.Address) picture.Mark { return all[at] }
}

func (a *app) draw(machine picture.Machine, file string) error {
	switch file {
	case "":
		s := a.screenOf()
		return picture.Text(raw(a.Out), machine, picture.TextOptions{ASCII: !isUTF8(), Colour: s.colour, Columns: s.columns})
	case "-":
		return picture.SVG(raw(a.Out), machine, a.host.Name())
	}
	out, err := createWhole(file, 0o666, true) // but for the umask
	if err != nil {
		return fmt.Errorf("the picture: %w", err)
	}
	defer out.drop()
	if err = picture.SVG(out, machine, a.host.Name()); err == nil {
		err = out.keep()
	}
	if err != nil {
		return fmt.Errorf("the picture %s is not complete: %w", file, err)
	}
	return nil
}

// isUTF8 reports whether the terminal's character set has lines to draw with, as
// the environment tells (locale(7): the first that is set takes effect).
func isUTF8() bool {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	locale = strings.ToUpper(locale)
	return strings.Contains(locale, "UTF-8") || strings.Contains(locale, "UTF8")
}
