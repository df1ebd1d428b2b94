package engine

import (
	"context"
	"errors"
	"fmt"
)

// ended returns why a context has ended, with context.Canceled or
// context.DeadlineExceeded in its chain whatever cause the caller gave; nil while
// it has not ended.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
