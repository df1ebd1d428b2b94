package cli

import (
	"errors"
	"io/fs"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// The exit statuses, as the manual names them.
const (
	StatusDone     = 0 // done, or already so
	StatusFailed   = 1
	StatusUsage    = 2 // the command line was not understood
	StatusRefused  = 3 // done, it would cost something that is in use
	StatusNoDevice = 4
	StatusLater    = 5 // done for the next boot, not for now
)

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// laterError is a failure now of what is done for the next boot.
type laterError struct {
	what string // was done, and was not
	err  error
}

func (e *laterError) Error() string { return e.what + ": " + e.err.Error() }
func (e *laterError) Unwrap() error { return e.err }

// later is a failure now, of what is done for the next boot; a dry run does
// nothing for it.
func later(dryRun bool, what string, err error) error {
	if err == nil || dryRun {
		return err
	}
	return &laterError{what, err}
}

// printedError is a failure that the verb has reported already.
type printedError struct{ status int }

func (e *printedError) Error() string { return "failed" }

// printed is what a verb returns that has reported all there is.
func printed(status int) error {
	if status == StatusDone {
		return nil
	}
	return &printedError{status: status}
}

// noDeviceError is an ID that no device has.
type noDeviceError struct{ text string }

func (e *noDeviceError) Error() string { return e.text }
func (e *noDeviceError) Unwrap() error { return fs.ErrNotExist }

// statusOf is the one place where errors become exit statuses.
func statusOf(err error) int {
	var (
		usage   *usageError
		address *pci.AddressError
		printed *printedError
		inUse   *plan.InUseError
		needed  *plan.NeededError
		unknown *engine.UnknownGuestError
		missing *noDeviceError
		gone    *pciback.NoDeviceError
		later   *laterError
	)
	switch {
	case err == nil:
		return StatusDone
	case errors.As(err, &printed):
		return printed.status
	case errors.As(err, &later):
		return StatusLater
	case errors.As(err, &usage), errors.As(err, &address):
		return StatusUsage
	case errors.As(err, &inUse), errors.As(err, &needed), errors.As(err, &unknown):
		return StatusRefused
	case errors.As(err, &missing), errors.As(err, &gone):
		return StatusNoDevice
	}
	return StatusFailed
}

// statusOfAll is the status of a call that acted on several devices: what they
// have in common, or plain failure where they failed differently.
func statusOfAll(results []engine.Result) int {
	status := StatusDone
	for _, r := range results {
		switch s := statusOf(r.Err); {
		case s == StatusDone, s == status:
		case status == StatusDone:
			status = s
		default:
			status = StatusFailed
		}
	}
	return status
}
