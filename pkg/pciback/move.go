package pciback

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/xenpci/xenpci/internal/interrupt"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Hide takes device a from its driver, if it has one, and binds it to pciback. A device
// that is hidden already is left as it is. It returns the state before, whose Driver
// is what Unhide takes.
func (d *Driver) Hide(ctx context.Context, a pci.Address) (from State, err error) {
	from, err = d.State(ctx, a)
	if err != nil {
		return from, err
	}
	_, err = d.MoveOn(ctx, a, from, from, HiddenFrom(from, d.NeedsOverride(a)))
	return from, err
}

// Unhide takes device a from pciback, removes its slot and its override, and
// gives it to driver; AnyDriver leaves the choice to the kernel.
//
// Neither Unhide nor the kernel checks whether a guest is using the device: call
// Guests first.
func (d *Driver) Unhide(ctx context.Context, a pci.Address, driver string) error {
	return d.Move(ctx, a, GivenBack(driver))
}

// Move brings device a into the state to, step by step, and reads back whether it is
// there. If a step fails, it returns the device to the state before, unless another tool
// has brought it into the state to meanwhile, which is success. The error is a
// *MoveError or, if nothing was written, a *NoDeviceError or a *CompanionError.
//
// A write that is still waiting in the kernel (context.DeadlineExceeded is in the
// error's chain) is not undone: nothing can be done with the device until it ends.
func (d *Driver) Move(ctx context.Context, a pci.Address, to State) error {
	origin, err := d.State(ctx, a)
	if err != nil {
		return err
	}
	_, err = d.MoveOn(ctx, a, origin, origin, to)
	return err
}

// MoveOn is Move for a device that is in the state now, as it was just read: a failure
// returns it to origin.
func (d *Driver) MoveOn(ctx context.Context, a pci.Address, origin, now, to State) (State, error) {
	failed := &MoveError{Device: a}
	if failed.Err = d.companionInWay(a, now, to); failed.Err == nil {
		now, failed.Step, failed.Err = d.walk(ctx, a, now, to)
	} else if now == origin {
		return now, failed.Err
	}
	switch {
	case failed.Err == nil:
		return now, nil
	case errors.Is(failed.Err, context.DeadlineExceeded) && !errors.As(failed.Err, new(*notStartedError)):
		failed.Hanging = true
		return now, failed
	}
	if failed.overtaken() {
		if read, err := d.State(context.WithoutCancel(ctx), a); err == nil && arrived(read, to) == nil {
			return read, nil
		}
	}
	d.goBack(context.WithoutCancel(ctx), origin, failed)
	return failed.Back, failed
}

// overtaken reports whether another tool may have moved the device between two steps: it is
// not on the driver any more from which it was to be taken, or has one already.
func (e *MoveError) overtaken() bool {
	return e.Step.Op == Unbind && errors.Is(e.Err, syscall.ENODEV) || e.Step.Op == Bind && errors.Is(e.Err, syscall.EBUSY)
}

// goBack returns the device to origin from the state in which the failed move left it.
func (d *Driver) goBack(ctx context.Context, origin State, failed *MoveError) {
	now, err := d.State(ctx, failed.Device)
	if err == nil {
		if failed.overtaken() && now.Driver != Name && now.Driver != "" && now.Driver != origin.Driver {
			origin.Driver, failed.Taken = now.Driver, true // nobody has asked what that driver does with the device
		}
		failed.Back = origin
		if failed.BackErr = d.companionInWay(failed.Device, now, origin); failed.BackErr != nil {
			return
		}
		var step Step
		if _, step, failed.BackErr = d.walk(ctx, failed.Device, now, origin); failed.BackErr == nil {
			return
		}
		if step.Op != "" {
			failed.BackErr = fmt.Errorf("%s: %w", step.Op, failed.BackErr)
		}
		// It may have been pulled out meanwhile.
		now, err = d.State(ctx, failed.Device)
	} else {
		failed.BackErr = err
	}
	if errors.Is(err, fs.ErrNotExist) {
		failed.Gone, failed.Back, failed.BackErr = true, State{}, nil
		// The kernel keeps the slot of a device that was pulled out.
		if origin.Slot == SlotAbsent {
			_, failed.BackErr = d.run(ctx, Steps(failed.Device, State{Slot: now.Slot}, State{}))
		}
	}
}

// walk makes the steps from one state to another and reads the state after them. The
// step is the one that failed; its Op is "" if all succeeded and the device is in
// another state.
func (d *Driver) walk(ctx context.Context, a pci.Address, from, to State) (State, Step, error) {
	steps := Steps(a, from, to)
	if step, err := d.run(ctx, steps); err != nil {
		return from, step, err
	}
	now, err := d.readBack(ctx, a, from, steps)
	if err != nil {
		return from, Step{}, err
	}
	return now, Step{}, arrived(now, to)
}

// readBack reads the state of a device after steps. It reads the override, which may
// wait, only if a step wrote it.
func (d *Driver) readBack(ctx context.Context, a pci.Address, from State, steps []Step) (State, error) {
	for _, step := range steps {
		if step.Op == SetOverride || step.Op == ClearOverride {
			return d.State(ctx, a)
		}
	}
	slots, err := d.Slots()
	if err != nil {
		return State{}, err
	}
	driver, err := pci.Driver(d.fs.Root(), a)
	if slices.Equal(steps, Steps(a, State{Slot: SlotRegistered}, State{})) && errors.Is(err, fs.ErrNotExist) {
		err = nil // the slot of a device that was pulled out
	}
	return State{Driver: driver, Override: from.Override, Slot: slots.Of(a)}, err
}

// run makes the steps, by one call if the attributes allow that, and returns the one
// that failed.
func (d *Driver) run(ctx context.Context, steps []Step) (Step, error) {
	for len(steps) > 0 {
		if err := interrupt.Err(ctx); err != nil {
			return steps[0], &notStartedError{err}
		}
		done, err := d.write(ctx, steps)
		if err == nil {
			steps = steps[done:]
			continue
		}
		step := steps[done]
		// A slot that does not exist counts as removed: a list that the kernel cut
		// at one page does not show it.
		if step.Op != RemoveSlot || !errors.Is(err, syscall.ENOENT) || !d.Registered() {
			return step, err
		}
		steps = steps[done+1:]
	}
	return Step{}, nil
}

// sequencer is an Attributes with the optional method.
type sequencer interface {
	WriteInOrder(ctx context.Context, names, values []string) (done int, err error)
}

// notStartedError is a step that was not made, since the context had ended.
type notStartedError struct{ err error }

func (e *notStartedError) Error() string { return "not started: " + e.err.Error() }

func (e *notStartedError) Unwrap() error { return e.err }

// write makes the first of the steps, or all of them, and returns how many
// succeeded.
func (d *Driver) write(ctx context.Context, steps []Step) (done int, err error) {
	all, ok := d.attrs.(sequencer)
	if !ok {
		if err := d.attrs.Write(ctx, steps[0].File, steps[0].Value); err != nil {
			return 0, attributeError(err)
		}
		return 1, nil
	}
	names, values := make([]string, len(steps)), make([]string, len(steps))
	for i, step := range steps {
		names[i], values[i] = step.File, step.Value
	}
	done, err = all.WriteInOrder(ctx, names, values)
	return done, attributeError(err)
}

// arrived returns how the device's state differs from the wanted one. The kernel
// accepts writes that do nothing, so this alone decides whether a move succeeded.
func arrived(now, to State) error {
	switch {
	case to.Driver == AnyDriver && now.Driver == Name:
		return errors.New("the kernel bound it to pciback again: a bridge above it is among pciback's slots")
	case to.Driver != AnyDriver && now.Driver != to.Driver:
		return fmt.Errorf("the kernel accepted every write, but the driver is %s, not %s", word(now.Driver), word(to.Driver))
	case now.Slot != to.Slot && now.Slot != SlotUnknown && to.Slot != SlotUnknown:
		return fmt.Errorf("the kernel accepted every write, but the slot is %s, not %s", now.Slot, to.Slot)
	case now.Override != to.Override:
		return fmt.Errorf("the kernel accepted every write, but driver_override is %s, not %s", word(now.Override), word(to.Override))
	}
	return nil
}

func word(driver string) string {
	if driver == "" {
		return "none"
	}
	return driver
}

// NeedsOverride reports whether a is a VF that pciback can bind by driver_override
// only: its PF's sriov_drivers_autoprobe is 0 (measured: bind fails with ENODEV).
func (d *Driver) NeedsOverride(a pci.Address) bool {
	autoprobe, err := d.fs.Attribute(devicesDir + a.String() + "/physfn/sriov_drivers_autoprobe")
	return err == nil && autoprobe == "0" && d.fs.Exists(overrideFile(a))
}

// MoveError reports a move that failed, and the state in which it left the device.
type MoveError struct {
	Device  pci.Address
	Step    Step  // the step that failed; its Op is "" if the device was not where it should be after all steps
	Err     error // why: a *pci.AttributeError if New made the driver, and a write failed
	Hanging bool  // the write is still waiting in the kernel; nothing was undone
	Gone    bool  // the device is no longer there
	Taken   bool  // another program has bound it to a driver meanwhile, Back.Driver, which was left alone
	Back    State // the state to which it was returned, if it is neither hanging nor gone
	BackErr error // why it could not be returned; nil if it was
}

// Stranded reports whether the device was left in another state than before.
func (e *MoveError) Stranded() bool {
	return e.Hanging || e.BackErr != nil
}

// Error names the device, the step, the file, the value, the errno, and where
// the device is now.
func (e *MoveError) Error() string {
	text := e.Device.String() + ": " + e.Reason()
	if advice := e.Advice(); advice != "" {
		text += "; " + advice
	}
	return text
}

// Reason returns what failed, with the step, the file, the value and the errno, and
// where the device is now.
func (e *MoveError) Reason() string {
	text := e.Err.Error()
	if apart := (*CompanionError)(nil); errors.As(e.Err, &apart) {
		text = apart.Reason()
	}
	if e.Step.Op != "" {
		text = e.Step.Op.String() + ": " + text
	}
	return text + "; " + e.where()
}

// where returns what became of the device.
func (e *MoveError) where() string {
	switch {
	case e.Hanging:
		return "the kernel has not answered"
	case e.Gone:
		return "the device has been removed from the machine"
	case e.BackErr != nil:
		return "returning it failed too: " + e.BackErr.Error()
	case e.Taken:
		return "another program has bound it to " + e.Back.Driver
	case e.Back.Driver == "":
		return "it has no driver, as before"
	}
	return "it is bound to " + e.Back.Driver + " again"
}

// Advice returns what can be done; "" where the device is where it was.
func (e *MoveError) Advice() string {
	switch {
	case e.Hanging:
		return "nothing can be done with the device until the kernel answers"
	case e.BackErr != nil && !e.Gone:
		return "the next xenpci command that is run as root tries again"
	}
	return ""
}

// Unwrap returns both causes.
func (e *MoveError) Unwrap() []error {
	if e.BackErr != nil {
		return []error{e.Err, e.BackErr}
	}
	return []error{e.Err}
}
