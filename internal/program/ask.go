package program

import (
	"context"
	"io"
	"time"
)

// Ask runs the program args[0] with the other args, and returns the beginning of its standard
// output, at most 16 KiB. The error is an *Error.
func Ask(ctx context.Context, timeout time.Duration, args ...string) (string, error) {
	out, err := Stream(ctx, timeout, nil, args...)
	if err != nil {
		return "", err
	}
	defer out.Close()
	text, err := io.ReadAll(io.LimitReader(out, maxOutput))
	return string(text), err
}
