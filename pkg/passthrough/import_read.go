package passthrough

import (
	"bytes"
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/foreign"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// importing is what others have configured, device by device.
type importing struct {
	settings foreign.Settings
	devices  []importedDevice
	declared declared
	notes    []Remark // what could not be found out
	pciback  *Remark  // which setting keeps pciback from starting
}

// importedDevice is one device that others have configured.
type importedDevice struct {
	address pci.Address
	there   bool
	driver  string
	already *config.Finding // the declaration that has it, or its address
	refused error           // why it is not declared
	leftOut bool            // it is not there, and no setting that names it has an effect
	needed  []Finding       // what dom0 would lose; it may be forced
	table   string          // what was added to the list, or would be
}

// lookAtForeign reads what others have configured, and which of its devices are
// there and declared.
func (v *View) lookAtForeign(ctx context.Context) (importing, error) {
	d, err := v.draft()
	if err != nil {
		return importing{}, err
	}
	im := importing{declared: d}
	im.notes = d.unreadDevices()
	im.pciback = v.notStarted()
	machine, notes := v.machine()
	im.settings, im.notes = foreign.Read(machine), append(im.notes, notes...)
	for _, address := range im.settings.Devices() {
		if err := ctx.Err(); err != nil {
			return im, err
		}
		one := importedDevice{address: address, already: d.has(address)}
		one.there = v.present(address)
		if p, ok := v.device(address); ok {
			one.driver = p.Driver
		} else if one.there && one.already == nil {
			one.refused = v.unreadable(address)
		}
		im.devices = append(im.devices, one)
	}
	return im, nil
}

// machine is what the settings of others are read with. A kernel that is not
// known is taken to have today's names.
func (v *View) machine() (m foreign.Machine, unknown []Remark) {
	m = foreign.Machine{FS: v.fs, Module: pciback.New(v.host.root).Module().Name, Devices: v.devicesOf()}
	kernel, err := kmod.Running(v.fs)
	if err != nil {
		return m, notes(CodeUnknown, err.Error())
	}
	m.Release = kernel.Release
	m.Modules = v.modules() // without it, a card's own driver tells
	return m, nil
}

// judge finds out which devices are not to be declared: those that dom0 lives
// on, taken together with what is declared already, those that pciback can never
// hold, and those whose address is declared for another card.
func (im *importing) judge(v *View, o ImportOptions, r reporter) {
	var ask []pci.Address
	for i := range im.devices {
		d := &im.devices[i]
		switch {
		case d.refused != nil:
		case d.already != nil && (!d.there || isAt(*d.already, d.address)):
		case d.already != nil:
			d.refused, d.already = inTheWay(*d.already, d.address), nil
		case d.there:
			ask = append(ask, d.address)
		case !o.Ineffective && !im.settings.HasEffect(d.address):
			d.leftOut = true
		default: // it may come to be there
			d.refused = pciback.Takes(d.address)
		}
	}
	refused, forced := v.refuse(ask, im.declared.found(), o.Force, r)
	for i, result := range slices.Concat(refused, forced) {
		d := &im.devices[slices.IndexFunc(im.devices, func(d importedDevice) bool { return d.address == result.Device })]
		if why := needed(result.Err); why != nil {
			d.needed = newFindings(why.Findings)
		}
		if i < len(refused) {
			d.refused = result.Err
		}
	}
}

// declare adds the devices to the list and, with write, writes it: all of them or
// none.
func (im *importing) declare(ctx context.Context, v *View, write bool) error {
	list := im.declared.list
	present := config.NewPresent(v.host.root, v.devicesOf(), list.Devices())
	for i := range im.devices {
		d := &im.devices[i]
		if d.already != nil || d.refused != nil || d.leftOut {
			continue
		}
		device := config.Device{Address: d.address}
		if one, ok := config.Closer(v.host.root, present, d.address); ok {
			device = config.Identify(one)
		}
		device.Permissive = im.settings.IsPermissive(d.address)
		if name := im.settings.Name(d.address); config.CheckName(name) == nil {
			device.Name = name
		}
		before := listText(list)
		if err := list.Add(device); err != nil {
			if write {
				return err
			}
			d.refused = err
			continue
		}
		d.table = addedTable(before, listText(list))
	}
	if !write {
		return nil
	}
	var edit change.Plan
	if err := edit.Add(list.Changes()...); err != nil {
		return err
	}
	return edit.CarryOut(ctx, change.Host{FS: v.fs})
}

// listText is the file to which devices are added, as it is planned to be.
func listText(list *config.List) []byte {
	for _, c := range list.Changes() {
		if c.Path == config.File {
			return c.New.Content
		}
	}
	return nil
}

// addedTable is the table that was added at the end of a text.
func addedTable(before, after []byte) string {
	added := bytes.TrimPrefix(after, before)
	return string(bytes.TrimRight(added[max(0, bytes.LastIndex(added, []byte("[[device]]"))):], "\r\n")) + "\n"
}

// unlike returns a note for each device that is declared already, and not as permissive as
// the settings of others have it.
func (im *importing) unlike() (all []Remark) {
	for _, d := range im.devices {
		if im.settings.IsPermissive(d.address) && d.refused == nil && d.already != nil && !d.already.Permissive {
			all = append(all, Remark{Device: &d.address, Code: CodeDiffers, Reason: "is declared without permissive, which others have set for it",
				Advice: "'xenpci hide --boot --permissive " + d.address.String() + "' adds it"})
		}
	}
	return all
}

func (im *importing) result(o ImportOptions) Imported {
	r := Imported{Devices: []ImportedDevice{}, Settings: []ImportedSetting{}, Problems: problems(im.declared.list), Notes: im.notes, LookedAt: foreign.Sources(), Pciback: im.pciback, Written: o.Write, List: append(im.declared.places(), im.unlike()...)}
	for _, err := range im.settings.Unread {
		r.Unread = append(r.Unread, err.Error())
	}
	for _, s := range im.settings.All {
		r.Settings = append(r.Settings, ImportedSetting{s.File, s.Line, s.Text, append([]pci.Address{}, s.Devices...), s.Problems, s.Kernel, s.Dead})
	}
	for _, p := range im.settings.Parameters {
		r.Parameters = append(r.Parameters, ImportedParameter{p.File, p.Line, p.Text, p.Name, ParameterFate(p.Fate), p.Why})
	}
	for _, d := range im.devices {
		r.Devices = append(r.Devices, im.device(d, o))
	}
	return r
}

func (im *importing) device(d importedDevice, o ImportOptions) ImportedDevice {
	one := ImportedDevice{Device: d.address, There: d.there, Driver: d.driver, Outcome: ImportPlanned, Places: []string{}, HiddenBy: placesOf(im.settings.AtBoot(d.address)), Needed: d.needed, Table: d.table}
	for _, s := range im.settings.All {
		if slices.Contains(s.Devices, d.address) {
			one.Places = append(one.Places, s.Where.String())
		}
	}
	switch {
	case d.refused != nil:
		one.Outcome, one.Refused = ImportRefused, asError(d.refused)
	case d.already != nil:
		declared := newDeclaration(*d.already)
		one.Outcome, one.Declared = ImportAlready, &declared
	case d.leftOut:
		one.Outcome = ImportLeftOut
	case o.Write:
		one.Outcome = ImportDone
	}
	return one
}
