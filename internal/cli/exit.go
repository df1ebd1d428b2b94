package cli

import (
	"errors"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// The exit statuses, as the manual names them.
const (
	StatusDone     = 0 // done, or already so
	StatusFailed   = 1
	StatusUsage    = 2 // the command line was not understood
	StatusRefused  = 3 // it would cost something that is in use or harm the next boot, or can never be done
	StatusNoDevice = 4
	StatusLater    = 5 // done for the next boot, not for now
	StatusNoDaemon = 6 // xenpcid does not answer
)

// statuses are the exit statuses of the classes of errors.
var statuses = map[passthrough.Class]int{
	passthrough.ClassDone:     StatusDone,
	passthrough.ClassFailed:   StatusFailed,
	passthrough.ClassUsage:    StatusUsage,
	passthrough.ClassRefused:  StatusRefused,
	passthrough.ClassNoDevice: StatusNoDevice,
	passthrough.ClassLater:    StatusLater,
	passthrough.ClassNoDaemon: StatusNoDaemon,
}

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// reportedError is a failure that the verb has reported already.
type reportedError struct{ status int }

func (e *reportedError) Error() string { return "failed" }

// reported is what a verb returns that has reported everything: nil, or an error
// with that class's exit status.
func reported(class passthrough.Class) error {
	if class == passthrough.ClassDone {
		return nil
	}
	return &reportedError{status: statuses[class]}
}

// statusOf returns the exit status of a verb's error.
func statusOf(err error) int {
	var usage *usageError
	var done *reportedError
	switch {
	case errors.As(err, &done):
		return done.status
	case errors.As(err, &usage):
		return StatusUsage
	}
	return statuses[passthrough.ClassOf(err)]
}
