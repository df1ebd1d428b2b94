package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/etc"
)

// Setup is everything to be done so that certain layers, and no others, hide
// certain devices at the next boot.
type Setup struct {
	Changes  []Change  // what is not as it should be
	Commands []Command // what has to run, in this order

	host    *Host
	devices []Device
	layers  []Name
	back    []Command // what has to run when it is taken back

	unneeded []string // files without anything of ours, of which a copy may be kept
}

// Prepare looks at every layer and plans what has to change. It writes nothing.
func Prepare(ctx context.Context, h *Host, devices []Device, wanted []Name) (Setup, error) {
	s := Setup{host: h, devices: devices, layers: wanted}
	for _, l := range layers() {
		on := s.has(l.name())
		changes, err := l.files(h, devices, on)
		if err != nil {
			return s, fmt.Errorf("layer %s: %w", l.name(), err)
		}
		for _, c := range changes {
			if c.forget && c.Equal() {
				s.unneeded = append(s.unneeded, c.Path)
			}
		}
		changes = slices.DeleteFunc(changes, Change.Equal)
		// What a generator made may be stale although its input is as it should be.
		stale := h.leftOver(l.name())
		if on {
			stale = h.ListChanges && l.name() == Initramfs || len(l.check(ctx, h, devices)) > 0
		}
		if len(changes) > 0 || stale {
			s.Commands = merge(s.Commands, l.commands(h, devices, on)...)
			was, _ := there(h, l, devices) // what cannot be planned was not written
			s.back = merge(s.back, l.commands(h, devices, was)...)
		}
		s.Changes = append(s.Changes, changes...)
	}
	return s, nil
}

// has says whether a layer is to be there. Those that name devices need one that
// is there; those that read the list stay for a device that may come back.
func (s Setup) has(name Name) bool {
	switch name {
	case triggers:
		return s.host.Declared > 0 && len(s.layers) > 0
	case Initramfs, Service:
		return s.host.Declared > 0 && slices.Contains(s.layers, name)
	}
	return len(s.devices) > 0 && slices.Contains(s.layers, name)
}

// Nothing says whether there is nothing to be done.
func (s Setup) Nothing() bool { return len(s.Changes) == 0 && len(s.Commands) == 0 }

// TakenBackError is a setup that failed. Every file is as it was before, and the
// system's programs have run again, unless Undo says otherwise.
type TakenBackError struct {
	Err  error // why it failed
	Undo error // what could not be taken back; nil where all was
}

// Error says why it failed, and what became of it.
func (e *TakenBackError) Error() string {
	if e.Undo != nil {
		return fmt.Sprintf("%v; and it could not be taken back: %v", e.Err, e.Undo)
	}
	return e.Err.Error() + "; what was written is taken back"
}

// Unwrap returns both.
func (e *TakenBackError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.Err, e.Undo}, func(err error) bool { return err == nil })
}

// CarryOut writes the files, runs the system's programs, and reads back what
// came of it. If anything fails it is taken back, and the error is a
// *TakenBackError; where there was nothing to do, it says what is wrong all the
// same.
func (s Setup) CarryOut(ctx context.Context) error {
	err := s.forward(ctx)
	if err == nil {
		err = s.readBack(ctx)
	}
	switch {
	case err == nil:
		for _, name := range s.unneeded {
			_ = etc.Forget(s.host.FS, name)
		}
		// A folder that stays although it is empty hides nothing and shows
		// nothing: it is no failure.
		_ = dropFolders(s.host.FS, s.gone())
		return nil
	case s.Nothing():
		return err
	}
	return &TakenBackError{Err: err, Undo: s.takeBack(ctx)}
}

// forward writes, and runs what has to run before and after.
func (s Setup) forward(ctx context.Context) error {
	if err := s.run(ctx, s.Commands, true); err != nil {
		return err
	}
	if err := s.write(); err != nil {
		return err
	}
	return s.run(ctx, s.Commands, false)
}

// gone says that no layer is to be there.
func (s Setup) gone() bool { return !s.has(triggers) }

func (s Setup) write() error {
	if err := noteFolders(s.host.FS, s.Changes); err != nil {
		return err
	}
	for _, c := range s.Changes {
		if err := c.carryOut(s.host.FS); err != nil {
			return err
		}
	}
	return nil
}

// run runs the commands that come before the files are changed, or those after.
func (s Setup) run(ctx context.Context, commands []Command, before bool) error {
	for _, c := range commands {
		if c.Before != before {
			continue
		}
		if err := s.host.run(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// runAll is run that goes on where one fails.
func (s Setup) runAll(ctx context.Context, commands []Command, before bool) error {
	var errs []error
	for _, c := range commands {
		errs = append(errs, s.run(ctx, []Command{c}, before))
	}
	return errors.Join(errs...)
}

// readBack asks each layer whether it is there as it should be.
func (s Setup) readBack(ctx context.Context) error {
	if s.host.Run == nil {
		return nil // no program ran: there is nothing made of it
	}
	var errs []error
	for _, l := range layers() {
		if s.has(l.name()) {
			errs = append(errs, l.check(ctx, s.host, s.devices)...)
		}
	}
	return errors.Join(errs...)
}

// takeBack makes every file what it was. It goes on where one fails, and it is
// not interrupted.
func (s Setup) takeBack(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	errs := []error{s.runAll(ctx, s.back, true)}
	for _, c := range slices.Backward(s.Changes) {
		errs = append(errs, c.Undo().carryOut(s.host.FS))
	}
	errs = append(errs, s.runAll(ctx, s.back, false))
	enabled, err := Enabled(s.host, s.devices)
	if err == nil {
		err = dropFolders(s.host.FS, len(enabled) == 0)
	}
	return errors.Join(append(errs, err)...)
}

// Enabled are the layers of which something is there.
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

// there says whether something of a layer is there: it would change something by
// going.
func there(h *Host, l layer, devices []Device) (bool, error) {
	changes, err := l.files(h, devices, false)
	return slices.ContainsFunc(changes, func(c Change) bool { return !c.Equal() }), err
}

// checkFiles says which of a layer's files are not as they should be.
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
			errs = append(errs, fmt.Errorf("%s is there, and is of no use any more", c.Path))
		case c.notExecutable():
			errs = append(errs, fmt.Errorf("%s is not executable", c.Path))
		case !c.Old.Exists:
			errs = append(errs, fmt.Errorf("%s is not there", c.Path))
		default:
			errs = append(errs, fmt.Errorf("%s is not as it should be", c.Path))
		}
	}
	return errs
}
