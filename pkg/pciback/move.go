package pciback

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Hide takes device a from the driver that has it, or from none, and binds it
// to pciback. What is hidden already is left as it is. It returns the state
// that the device came from, which Unhide's driver is found in.
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
// It does not ask whether a guest has the device, and the kernel does not
// refuse: ask Guests first.
func (d *Driver) Unhide(ctx context.Context, a pci.Address, driver string) error {
	return d.Move(ctx, a, GivenBack(driver))
}

// Move takes device a to the state to, step by step, and reads back whether it
// is there. When a step fails it goes back to where the device was. The error
// is a *MoveError, or a *NoDeviceError before anything was written.
//
// A write that still waits in the kernel (the error has
// context.DeadlineExceeded in its chain) is not undone: nothing else can be
// done with the device before it ends.
func (d *Driver) Move(ctx context.Context, a pci.Address, to State) error {
	origin, err := d.State(ctx, a)
	if err != nil {
		return err
	}
	_, err = d.MoveOn(ctx, a, origin, origin, to)
	return err
}

// MoveOn is Move for a device whose way began at origin, and which was read to
// be at now: a failure takes it back to origin.
func (d *Driver) MoveOn(ctx context.Context, a pci.Address, origin, now, to State) (State, error) {
	failed := &MoveError{Device: a}
	now, failed.Step, failed.Err = d.walk(ctx, a, now, to)
	switch {
	case failed.Err == nil:
		return now, nil
	case errors.Is(failed.Err, context.DeadlineExceeded):
		failed.Hanging = true
		return now, failed
	}
	d.goBack(context.WithoutCancel(ctx), origin, failed)
	return failed.Back, failed
}

// goBack returns the device to origin from wherever the failed move left it.
func (d *Driver) goBack(ctx context.Context, origin State, failed *MoveError) {
	now, err := d.State(ctx, failed.Device)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		failed.Gone = true
		// The kernel keeps the slot of a device that was pulled out.
		if origin.Slot == SlotAbsent {
			_, failed.BackErr = d.run(ctx, Steps(failed.Device, State{Slot: now.Slot}, State{}))
		}
	case err != nil:
		failed.BackErr = err
	default:
		failed.Back = origin
		_, step, err := d.walk(ctx, failed.Device, now, origin)
		if err != nil && step.Op != "" {
			err = fmt.Errorf("%s: %w", step.Op, err)
		}
		failed.BackErr = err
	}
}

// walk takes the steps from one state to another and reads where the device
// ended. The step is the one that failed; its Op is "" when all were taken and
// the device is elsewhere.
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

// readBack reads the state of a device after steps. The override, which costs
// a process and may wait, is read again only if a step wrote it.
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
	return State{Driver: driver, Override: from.Override, Slot: slots.Of(a)}, err
}

// run takes the steps, in one go where the attributes allow that, and returns
// the one that failed.
func (d *Driver) run(ctx context.Context, steps []Step) (Step, error) {
	for len(steps) > 0 {
		if err := ctx.Err(); err != nil {
			return steps[0], fmt.Errorf("not begun: %w", context.Cause(ctx))
		}
		done, err := d.write(ctx, steps)
		if err == nil {
			steps = steps[done:]
			continue
		}
		step := steps[done]
		// What is to be removed and is not there is removed: a list cut at one
		// page does not say beforehand.
		if step.Op != RemoveSlot || !errors.Is(err, syscall.ENOENT) || !d.Registered() {
			return step, err
		}
		steps = steps[done+1:]
	}
	return Step{}, nil
}

// sequencer is an Attributes that takes several writes in one go and stops at
// the first that fails.
type sequencer interface {
	WriteInOrder(ctx context.Context, names, values []string) (done int, err error)
}

// write takes the first of the steps, or all of them, and says how many went
// well.
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

// arrived says in what the device's state differs from the one wanted. The
// kernel answers "OK" to writes that did nothing, so only this counts.
func arrived(now, to State) error {
	switch {
	case to.Driver == AnyDriver && now.Driver == Name:
		return errors.New("the kernel gave it to pciback again: a bridge above it is registered in its slots")
	case to.Driver != AnyDriver && now.Driver != to.Driver:
		return fmt.Errorf("the kernel took every write, and yet the driver is %s, not %s", word(now.Driver), word(to.Driver))
	case now.Slot != to.Slot && now.Slot != SlotUnknown && to.Slot != SlotUnknown:
		return fmt.Errorf("the kernel took every write, and yet the slot is %s, not %s", now.Slot, to.Slot)
	case now.Override != to.Override:
		return fmt.Errorf("the kernel took every write, and yet driver_override is %s, not %s", word(now.Override), word(to.Override))
	}
	return nil
}

func word(driver string) string {
	if driver == "" {
		return "none"
	}
	return driver
}

// NeedsOverride says whether a is a VF that no driver may probe by its ids:
// its PF's sriov_drivers_autoprobe is 0 (measured: bind answers ENODEV).
func (d *Driver) NeedsOverride(a pci.Address) bool {
	autoprobe, err := d.fs.Attribute(devicesDir + a.String() + "/physfn/sriov_drivers_autoprobe")
	return err == nil && autoprobe == "0" && d.fs.Exists(overrideFile(a))
}

// MoveError is a move that did not arrive, and where the device is now.
type MoveError struct {
	Device  pci.Address
	Step    Step  // the step that failed; Op is "" when the final look did
	Err     error // why: a *pci.AttributeError if New made the driver, and a write failed
	Hanging bool  // the write still waits in the kernel; nothing was undone
	Gone    bool  // the device is no longer there
	Back    State // where it was put back to, if neither of these
	BackErr error // why it could not be put back; nil when it was
}

// Stranded says whether the device was left anywhere but where it was.
func (e *MoveError) Stranded() bool {
	return e.Hanging || e.BackErr != nil
}

// Error names the device, the step, the file, the value, the errno, and where
// the device is now.
func (e *MoveError) Error() string {
	return e.Device.String() + ": " + e.Reason() + "; " + e.Advice()
}

// Reason returns what failed: the step, the file, the value and the errno.
func (e *MoveError) Reason() string {
	if e.Step.Op == "" {
		return e.Err.Error()
	}
	return string(e.Step.Op) + ": " + e.Err.Error()
}

// Advice returns where the device is now.
func (e *MoveError) Advice() string {
	switch {
	case e.Hanging:
		return "the kernel has not answered, and nothing can be done with the device until it does"
	case e.Gone:
		return "the device has vanished"
	case e.BackErr != nil:
		return "putting it back failed too: " + e.BackErr.Error()
	case e.Back.Driver == "":
		return "it has no driver again, as before"
	}
	return "it is back on " + e.Back.Driver
}

// Unwrap gives both causes.
func (e *MoveError) Unwrap() []error {
	if e.BackErr != nil {
		return []error{e.Err, e.BackErr}
	}
	return []error{e.Err}
}
