package interrupt_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/interrupt"
)

func TestErr(t *testing.T) {
	signal := errors.New("interrupt signal received")
	for _, test := range []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		want []error
		text string
	}{
		{"not ended", func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }, nil, ""},
		{"canceled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, []error{context.Canceled}, "context canceled"},
		{"with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(signal)
			return ctx, func() { cancel(nil) }
		}, []error{context.Canceled, signal}, "interrupt signal received"},
		{"past its deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Unix(0, 0))
		}, []error{context.DeadlineExceeded}, "context deadline exceeded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := test.end(t.Context())
			defer cancel()
			err := interrupt.Err(ctx)
			if (err != nil) != (test.want != nil) || err != nil && err.Error() != test.text {
				t.Fatalf("%v, want %q", err, test.text)
			}
			for _, want := range test.want {
				if !errors.Is(err, want) {
					t.Errorf("%v has no %v in its chain", err, want)
				}
			}
		})
	}
}
