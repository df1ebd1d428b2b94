package engine

import (
	"errors"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// StrandedError is a device that is neither where it was nor where it was to
// be. The journal keeps it for the next run.
type StrandedError struct {
	Device  pci.Address
	Err     error // what failed
	BackErr error // why it could not be undone
}

// Error names the device and both causes.
func (e *StrandedError) Error() string {
	return e.Device.String() + ": " + e.Reason() + "; " + e.Advice()
}

// Reason returns what failed first, and why it could not be undone.
func (e *StrandedError) Reason() string {
	return withoutDevice(e.Err) + "; undoing it failed too: " + withoutDevice(e.BackErr)
}

// Advice returns how the device gets where it was to be.
func (e *StrandedError) Advice() string {
	return "the next xenpci command that is run as root tries again"
}

// withoutDevice returns an error's text. The device is left out where the error
// keeps it apart.
func withoutDevice(err error) string {
	if why, ok := err.(interface{ Reason() string }); ok { //nolint:errorlint // one further down is not the whole reason
		return why.Reason()
	}
	return err.Error()
}

// StepError is a step of a run that failed for one device.
type StepError struct {
	Device pci.Address
	Step   plan.StepKind // that failed
	Err    error
}

// Error names the device and the step.
func (e *StepError) Error() string { return e.Device.String() + ": " + e.Reason() }

// Reason names the step.
func (e *StepError) Reason() string { return e.Step.String() + ": " + e.Err.Error() }

// Advice returns "": the cause says what to do, if anything.
func (e *StepError) Advice() string { return "" }

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// Unwrap gives both causes.
func (e *StrandedError) Unwrap() []error { return []error{e.Err, e.BackErr} }

// stranded reports whether an error left its device for the next run.
func stranded(err error) bool {
	var move *pciback.MoveError
	if errors.As(err, &move) && move.Stranded() {
		return true
	}
	var s *StrandedError
	return errors.As(err, &s)
}

// elsewhere reports whether a move failed, and pciback does not have the device after it: it is no
// longer in the machine, or another program has given it to another driver.
func elsewhere(err error) bool {
	var move *pciback.MoveError
	return errors.As(err, &move) && !move.Back.Hidden()
}

// StuckError is a device that cannot be acted on, since a write of an earlier
// run still waits in the kernel.
type StuckError struct {
	Device pci.Address
	Why    string
}

// Error names the device and the earlier run.
func (e *StuckError) Error() string { return e.Device.String() + ": " + e.Why }

// Reason names the earlier run.
func (e *StuckError) Reason() string { return e.Why }

// Advice returns "": the write ends by itself, or with the machine.
func (e *StuckError) Advice() string { return "" }

// StaysBehindError is a device that was not hidden, since another could not be that is to be
// hidden together with it: its USB companion, or a function of the same slot. It is where
// it was.
type StaysBehindError struct {
	Device, Other pci.Address
	Err           error // the other device's
}

// Error names both devices.
func (e *StaysBehindError) Error() string { return e.Device.String() + ": " + e.Reason() }

// Reason names the other device.
func (e *StaysBehindError) Reason() string {
	return "not hidden, since " + e.Other.String() + " is not, which is to be hidden together with it"
}

// Advice returns "": the other device's error says what to do.
func (e *StaysBehindError) Advice() string { return "" }

// Unwrap returns the other device's error.
func (e *StaysBehindError) Unwrap() error { return e.Err }

// NotBegunError is a device that was not reached before the command was
// interrupted. It is where it was.
type NotBegunError struct {
	Device pci.Address
	Err    error
}

// Error names the device and the interruption.
func (e *NotBegunError) Error() string { return e.Device.String() + ": " + e.Reason() }

// Reason returns the interruption.
func (e *NotBegunError) Reason() string { return "not begun: " + e.Err.Error() }

// Advice returns "": the device is where it was.
func (e *NotBegunError) Advice() string { return "" }

// Unwrap gives the interruption.
func (e *NotBegunError) Unwrap() error { return e.Err }
