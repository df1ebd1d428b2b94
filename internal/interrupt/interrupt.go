// Package interrupt tells why a context has ended.
package interrupt

import (
	"context"
	"errors"
)

// Err returns why the context has ended, in the words of the cause that its owner
// gave and with context.Canceled or context.DeadlineExceeded in its chain; nil while
// it has not ended.
func Err(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return &caused{err, cause}
}

// caused is the end of a context that its owner gave a cause of his own.
type caused struct {
	end, cause error
}

func (e *caused) Error() string { return e.cause.Error() }

func (e *caused) Unwrap() []error { return []error{e.end, e.cause} }
