package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// bootPart is the part of hide and unhide that is about the next boot.
type bootPart struct {
	Declared []pci.Address `json:"declared,omitempty"` // by this call
	Removed  []pci.Address `json:"removed,omitempty"`  // from the list, by this call
	setupResult
}

// declare adds devices to the list, and has the layers hide them at the next
// boot. If that fails the list is what it was.
func (a *app) declare(ctx context.Context, devices []pci.Address, options config.Options, dryRun bool) (*bootPart, error) {
	part := &bootPart{}
	edits := make([]edit, len(devices))
	for i, address := range devices {
		edits[i] = func(f sysfs.FS, planned []config.Change) (config.Change, error) {
			list, err := a.lookForDeclared()
			if err != nil {
				return config.Change{}, err
			}
			switch already := list.has(address); {
			case already != nil && isAt(*already, address):
				return config.Set(f, already.Address, merged(already.Options, options), planned...)
			case already != nil:
				return config.Change{}, fmt.Errorf("%s: %w", address, declaredBy(*already, address))
			}
			present, err := config.LookAt(a.root, address)
			if err != nil {
				return config.Change{}, err
			}
			d := config.Identify(present)
			d.Options = options
			change, err := config.Add(f, d, planned...)
			part.Declared = append(part.Declared, address)
			return change, err
		}
	}
	return part, a.editList(ctx, part, dryRun, listEdit{edits, devices, func(b *booting) {
		present, _ := pci.Read(a.root, devices, 0) // they were read a moment ago
		for _, p := range present {
			if !slices.ContainsFunc(b.devices, func(d boot.Device) bool { return d.Address == p.Address }) {
				b.devices = append(b.devices, b.host.Device(p))
				b.host.Declared++
			}
		}
	}})
}

// merged are the options that a device was declared with, and those that a
// person gives now.
func merged(old, now config.Options) config.Options {
	old.Name = cmp.Or(now.Name, old.Name)
	old.Permissive = old.Permissive || now.Permissive
	old.NoQuarantine = old.NoQuarantine || now.NoQuarantine
	return old
}

// withdraw takes devices off the list, and has the layers hide them no more. now
// are those of them that are there, where they are. Without any it looks whether
// the layers are as the list is: it may have been edited by hand since, or by a
// call that was killed.
func (a *app) withdraw(ctx context.Context, declared []config.Finding, now []pci.Address, dryRun bool) (*bootPart, error) {
	part := &bootPart{}
	edits := make([]edit, len(declared))
	for i, d := range declared {
		edits[i] = func(f sysfs.FS, planned []config.Change) (config.Change, error) {
			part.Removed = append(part.Removed, d.Address)
			return config.Remove(f, d.Address, planned...)
		}
	}
	return part, a.editList(ctx, part, dryRun, listEdit{edits, nil, func(b *booting) {
		b.devices = slices.DeleteFunc(b.devices, func(d boot.Device) bool { return slices.Contains(now, d.Address) })
		b.host.Declared -= len(declared)
	}})
}

// edit plans one change of the list, as it is by then: after the changes that are
// planned.
type edit func(f sysfs.FS, planned []config.Change) (config.Change, error)

// listEdit is what one call does to the list.
type listEdit struct {
	edits    []edit
	declares []pci.Address  // devices that it is to have; nil where devices are taken off it
	pretend  func(*booting) // what the layers would find then, for a dry run
}

// editList edits the list and makes the layers follow, in one turn. In a dry run
// nothing is written.
func (a *app) editList(ctx context.Context, part *bootPart, dryRun bool, l listEdit) error {
	f := sysfs.New(a.root)
	if dryRun {
		planned, err := l.plan(f)
		if err != nil {
			return err
		}
		for _, change := range planned {
			part.Diff += listDiff(change)
		}
		return a.followList(ctx, nil, part, l, true)
	}
	return a.engine().BootTurn(ctx, func(held *os.File) (err error) {
		planned, err := l.plan(f)
		if err != nil {
			return err
		}
		var done []config.Change
		defer func() {
			if err != nil {
				err = errors.Join(err, a.takeBack(done))
			}
		}()
		for _, change := range planned {
			if err := change.Write(f); err != nil {
				return err
			}
			done = append(done, change)
		}
		return a.followList(ctx, held, part, l, false)
	})
}

// plan makes one change of each file of the list.
func (l listEdit) plan(f sysfs.FS) (planned []config.Change, err error) {
	for _, e := range l.edits {
		change, err := e(f, planned)
		if err != nil {
			return nil, err
		}
		planned = config.Then(planned, change)
	}
	return planned, nil
}

func (a *app) takeBack(changes []config.Change) error {
	var errs []error
	for _, c := range slices.Backward(changes) {
		c.Old, c.New = c.New, c.Old
		errs = append(errs, c.Write(sysfs.New(a.root)))
	}
	return errors.Join(errs...)
}

func listDiff(c config.Change) string {
	state := func(content []byte) boot.State { return boot.State{Exists: content != nil, Content: content} }
	return boot.Change{Path: c.File, Old: state(c.Old), New: state(c.New)}.Diff()
}

// followList has the layers that are enabled follow the list. Where none is, a
// call that declares devices enables the chosen ones; one that takes devices off
// the list has no say in that.
func (a *app) followList(ctx context.Context, held *os.File, part *bootPart, l listEdit, dryRun bool) error {
	b, err := a.lookAtBoot(ctx, held)
	if err != nil {
		return err
	}
	a.warnOf(b.notes)
	if dryRun {
		l.pretend(&b)
		b.host.ListChanges = len(l.edits) > 0
	}
	a.warnOf(b.leftOut())
	// Of the devices that this call declares it is said when they are hidden now.
	a.warnOf(a.livesOn(b.devices, l.declares...).warnings())
	var choice boot.Choice
	switch {
	case b.host.Declared == 0:
	case len(b.enabled) > 0:
		choice = boot.Keep(b.host, b.devices, b.enabled)
	case len(l.declares) > 0:
		choice = boot.Choose(b.host, b.devices)
	}
	if len(l.edits) == 0 && len(b.enabled) == 0 {
		// There is nothing to speak of, unless a call that was killed left it.
		if setup, err := boot.Prepare(ctx, b.host, b.devices, nil); err != nil || setup.Nothing() {
			return err
		}
	}
	diff := part.Diff
	part.setupResult, err = a.setUp(ctx, b, choice, dryRun)
	part.Diff = diff + part.Diff
	return err
}

// sayBoot says what was done, or would be, for the next boot.
func (a *app) sayBoot(part *bootPart, dryRun bool) {
	if part == nil || a.json {
		return
	}
	if dryRun {
		fmt.Fprint(a.Out, part.Diff)
		for _, c := range part.Commands {
			fmt.Fprintf(a.Out, "would run %s\n", c)
		}
		return
	}
	for _, address := range part.Declared {
		fmt.Fprintf(a.Out, "%s: declared, hidden at every boot by %s\n", address, layerWords(part.Layers))
	}
	for _, address := range part.Removed {
		fmt.Fprintf(a.Out, "%s: declared no more\n", address)
	}
}
