package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/foreign"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// importOptions are the flags of import.
type importOptions struct {
	write bool
	force bool
}

func newImportCmd(a *app) *cobra.Command {
	o := &importOptions{}
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Show what other tools and hands have configured for hiding, as a declared list",
		Long: `import reads what others have configured for hiding devices: xen-pciback.hide=,
pciback.hide= and rd.qubes.hide_pci= on command lines (the running kernel's, in
GRUB's settings and menus), lines for modprobe, /etc/modules, driverctl's files
and Alpine's xen-pci. It shows which devices are meant, where that stands and
what is wrong with it, and what it would declare.

A list that a blank has torn, or that pciback would refuse, is read as it was
meant; what is no address is named, and not guessed at.

Nothing is changed unless --write is given: then the devices are declared in
/etc/xenpci, but for those that dom0 lives on. What others wrote stays as it is,
and nothing is hidden yet: 'xenpci boot enable' has them hidden at every boot.`,
		Example: `  xenpci import
  xenpci import --write`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runImport(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.write, "write", false, "declare the devices")
	cmd.Flags().BoolVar(&o.force, "force", false, "declare also what dom0 needs; the guard's sentences are printed all the same")
	return cmd
}

func runImport(ctx context.Context, a *app, o *importOptions) error {
	if o.write && !a.Root && sysfs.New(a.root).Real() {
		return errors.New("import --write must be run as root: it writes " + config.File + "; 'xenpci import' shows what it would declare")
	}
	im, err := a.lookAtForeign(ctx)
	if err != nil {
		return err
	}
	im.judge(a, o.force)
	if o.write {
		err = a.engine().BootTurn(ctx, func(*os.File) error { return im.write(a) })
	} else {
		im.table(a)
	}
	if err != nil {
		return fmt.Errorf("nothing was declared: %w", err)
	}
	return im.report(a, o)
}

// importing is what others have configured, device by device.
type importing struct {
	settings foreign.Settings
	devices  []imported
	declared declared
	notes    []string // what could not be found out
}

// imported is one device that others have configured.
type imported struct {
	address pci.Address
	there   bool
	driver  string
	already *config.Finding // the declaration that has it, or its address
	refused error           // why it is not declared
	needed  []string        // what dom0 would lose; it may be forced
	toml    string          // what was added to the list, or would be
}

// lookAtForeign reads what others have configured, and which of its devices are
// there and declared.
func (a *app) lookAtForeign(ctx context.Context) (*importing, error) {
	d, err := a.readDeclared()
	if err != nil {
		return nil, err
	}
	im := &importing{declared: d}
	present, err := config.Look(a.root, nil)
	if err != nil {
		im.notes = append(im.notes, err.Error())
	}
	im.settings = foreign.Read(im.machine(a, present))
	for _, address := range im.settings.Devices() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one := imported{address: address, already: d.has(address)}
		if i := slices.IndexFunc(present, func(p config.Present) bool { return p.Address == address }); i >= 0 {
			one.there, one.driver = true, present[i].Driver
		}
		im.devices = append(im.devices, one)
	}
	return im, nil
}

// machine is what the settings of others are read with. A kernel that is not
// known has today's names.
func (im *importing) machine(a *app, present []config.Present) foreign.Machine {
	f := sysfs.New(a.root)
	m := foreign.Machine{FS: f, Module: pciback.New(a.root).Module().Name}
	for _, p := range present {
		m.Devices = append(m.Devices, p.Device)
	}
	kernel, err := kmod.Running(f)
	if err != nil {
		im.notes = append(im.notes, err.Error())
		return m
	}
	m.Release = kernel.Release
	if aliases, _ := kernel.Aliases(); aliases != nil { // without it, a card's own driver tells
		m.Modules = aliases.Modules
	}
	return m
}

// judge finds out which devices are not to be declared: those that dom0 lives
// on, taken together with what is declared already, those that pciback can never
// hold, and those whose address is declared for another card.
func (im *importing) judge(a *app, force bool) {
	var ask []pci.Address
	for i := range im.devices {
		d := &im.devices[i]
		switch {
		case d.already != nil && (!d.there || isAt(*d.already, d.address)):
		case d.already != nil:
			d.refused, d.already = declaredBy(*d.already, d.address), nil
		case d.there:
			ask = append(ask, d.address)
		default: // it may come to be there
			d.refused = pciback.Takes(d.address)
		}
	}
	for _, r := range a.engine().Refused(ask, im.declared.found()...) {
		d := &im.devices[slices.IndexFunc(im.devices, func(d imported) bool { return d.address == r.Device })]
		d.refused = r.Err
		if why := needed(r); why != nil {
			d.needed = why.Reasons()
			if force {
				d.refused = nil
			}
		}
	}
}

// plan plans the declaration of a device, as the list is now: by all that tells
// it from others, or by its address alone where it is not there.
func (d *imported) plan(a *app) (config.Change, error) {
	device := config.Device{Address: d.address}
	if d.there {
		present, err := config.LookAt(a.root, d.address)
		if err != nil {
			return config.Change{}, err
		}
		device = config.Identify(present)
	}
	change, err := config.Add(sysfs.New(a.root), device)
	if err == nil {
		d.toml = addedTable(change)
	}
	return change, err
}

// addedTable is the table that a change adds at the end of the list.
func addedTable(c config.Change) string {
	added := bytes.TrimPrefix(c.New, c.Old)
	return string(bytes.TrimRight(added[max(0, bytes.Index(added, []byte("[[device]]"))):], "\r\n")) + "\n"
}

// wanted says whether a device is to be added to the list.
func (d *imported) wanted() bool { return d.already == nil && d.refused == nil }

// table finds out what would be written.
func (im *importing) table(a *app) {
	for i := range im.devices {
		d := &im.devices[i]
		if !d.wanted() {
			continue
		}
		if _, err := d.plan(a); err != nil {
			d.refused = err
		}
	}
}

// write declares the devices, all or none.
func (im *importing) write(a *app) (err error) {
	var done []config.Change
	defer func() {
		if err != nil {
			err = errors.Join(err, a.takeBack(done))
		}
	}()
	for i := range im.devices {
		d := &im.devices[i]
		if !d.wanted() {
			continue
		}
		change, err := d.plan(a)
		if err == nil {
			err = change.Write(sysfs.New(a.root))
		}
		if err != nil {
			return err
		}
		done = append(done, change)
	}
	return nil
}
