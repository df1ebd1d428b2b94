package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xenpci/xenpci/internal/change"
)

// List is the declared list, as the layers need it.
type List struct {
	Devices  []Device // those that are there
	Declared int      // how many devices the list has, there or not

	// Edits are planned changes of the list's own files. They are carried out
	// before the changes of the layers' files, and taken back with them.
	Edits []change.Change
}

// Setup is the plan by which certain layers, and no others, hide the devices of a
// list at the next boot.
type Setup struct {
	change.Plan

	host   *Host
	list   List
	all    []layer // those that it is about
	layers []Name  // those of them that are to be there
}

// Prepare looks at every layer that hides devices and plans what has to change. It writes
// nothing.
func Prepare(ctx context.Context, h *Host, list List, wanted []Name) (Setup, error) {
	return prepare(ctx, Setup{host: h, list: list, all: layers(), layers: wanted})
}

// prepare plans a setup that has no changes yet.
func prepare(ctx context.Context, s Setup) (Setup, error) {
	h, list := s.host, s.list
	if err := s.Add(list.Edits...); err != nil {
		return s, err
	}
	edited := len(s.Changes) > 0
	for _, l := range s.all {
		on := s.has(l.name())
		changes, err := l.files(h, list.Devices, on)
		if err == nil {
			err = s.Add(changes...)
		}
		if err != nil {
			return s, &LayerError{l.name(), err}
		}
		// What a generator made may be stale although its input is as it should be.
		stale := h.leftOver(l.name())
		if on {
			stale = edited && l.name() == Initramfs || len(l.check(ctx, h, list.Devices)) > 0
		}
		if stale || slices.ContainsFunc(changes, differs) {
			s.Run(l.commands(h, list.Devices, on)...)
			was, _ := there(h, l, list.Devices) // what cannot be planned is not there
			s.RunBack(l.commands(h, list.Devices, was)...)
		}
	}
	return s, nil
}

// MakeImages has the initramfs images made again, where the layer Initramfs is to be there,
// although its files are as they should be: the program in them may be an old one.
func (s *Setup) MakeImages() {
	if s.has(Initramfs) {
		s.Run(initramfsLayer{}.commands(s.host, s.list.Devices, true)...)
	}
}

// Lost returns the devices of others that are lost because a layer is removed and
// grub.cfg is generated again for that. Conflicts has those that are lost because of a
// layer that is written.
func (s Setup) Lost() []Warning {
	if !s.has(KernelArgument) && slices.ContainsFunc(s.Changes, func(c change.Change) bool { return c.Path == s.host.Loader.Config && differs(c) }) {
		return s.host.lostByEditing(s.list.Devices)
	}
	generates := slices.ContainsFunc(s.Commands, func(c change.Command) bool { return slices.Equal(c.Args, s.host.Loader.Generate) })
	if !generates || s.has(KernelArgument) {
		return nil
	}
	return s.host.lostByGenerating(s.list.Devices)
}

func differs(c change.Change) bool { return !c.Equal() }

// has reports whether a layer is to be there. Those that name devices need one
// that is there; those that read the list stay for a device that may come back.
func (s Setup) has(name Name) bool {
	switch name {
	case Daemon:
		return slices.Contains(s.layers, name)
	case triggers:
		return s.list.Declared > 0 && len(s.layers) > 0
	case Initramfs, Service:
		return s.list.Declared > 0 && slices.Contains(s.layers, name)
	}
	return len(s.list.Devices) > 0 && slices.Contains(s.layers, name)
}

// CarryOut writes the files, runs the system's programs, and reads back what came
// of it. If anything fails, everything is taken back, and the error is a
// *change.TakenBackError. What is wrong where there was nothing to do is returned
// as it is.
func (s Setup) CarryOut(ctx context.Context) error {
	return s.Plan.CarryOut(ctx, change.Host{FS: s.host.FS, Run: s.host.run(), ReadBack: s.readBack})
}

// run returns Run, after which the images are read again: the program may have
// changed them.
func (h *Host) run() func(ctx context.Context, wait time.Duration, args ...string) error {
	if h.Run == nil {
		return nil
	}
	return func(ctx context.Context, wait time.Duration, args ...string) error {
		clear(h.read)
		return h.Run(ctx, wait, args...)
	}
}

// readBack checks each layer.
func (s Setup) readBack(ctx context.Context) error {
	if s.host.Run == nil {
		return nil // no program ran, so that nothing was made of the files
	}
	var errs []error
	for _, l := range s.all {
		if s.has(l.name()) {
			errs = append(errs, l.check(ctx, s.host, s.list.Devices)...)
		}
	}
	return errors.Join(errs...)
}

// Enabled returns the layers that hide devices of which something is there.
func Enabled(h *Host, devices []Device) ([]Name, error) {
	var names []Name
	var errs []error
	for _, l := range layers() {
		is, err := there(h, l, devices)
		errs = append(errs, err)
		if is && l.name() != triggers {
			names = append(names, l.name())
		}
	}
	return names, errors.Join(errs...)
}

// there reports whether something of a layer is there: whether removing it would
// change something.
func there(h *Host, l layer, devices []Device) (bool, error) {
	changes, err := l.files(h, devices, false)
	return slices.ContainsFunc(changes, differs), err
}

// checkFiles returns which of a layer's files are not as they should be.
func (h *Host) checkFiles(l layer, devices []Device) []error {
	changes, err := l.files(h, devices, true)
	if err != nil {
		return []error{err}
	}
	var errs []error
	for _, c := range changes {
		switch {
		case c.Equal():
		case !c.New.Exists:
			errs = append(errs, fmt.Errorf("%s is not needed any more", c.Path))
		case c.NotExecutable():
			errs = append(errs, fmt.Errorf("%s is not executable", c.Path))
		case !c.Old.Exists:
			errs = append(errs, fmt.Errorf("%s is missing", c.Path))
		default:
			errs = append(errs, fmt.Errorf("%s has other content than expected", c.Path))
		}
	}
	return errs
}
