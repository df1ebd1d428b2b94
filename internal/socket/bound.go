package socket

import (
	"context"
	"time"
)

// Bound makes reads and writes of a connection fail when ctx ends. The function that
// it returns undoes that, except for a deadline of ctx that is still to come, and must
// be called before Bound is called again.
func Bound(ctx context.Context, conn interface{ SetDeadline(time.Time) error }) (release func(), err error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		// A deadline in the past wakes the reader. Setting it fails only on a
		// closed connection, whose reader is awake already.
		_ = conn.SetDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-interrupted
		}
	}, nil
}
