package attribute

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestAwait runs in bubbles with a clock of their own: every time is exact.
func TestAwait(t *testing.T) {
	const never = time.Duration(0)
	errKernel := errors.New("EIO")
	for _, test := range []struct {
		name                          string
		timeout, interrupted, answers time.Duration
		answer                        answer
		value                         string
		err                           error // nil: want a *HangError
		after                         time.Duration
	}{
		{name: "answered", timeout: time.Minute, answers: time.Second, answer: answer{value: "vfio-pci"}, value: "vfio-pci", after: time.Second},
		{name: "refused", timeout: time.Minute, answers: time.Second, answer: answer{err: errKernel}, err: errKernel, after: time.Second},
		{name: "hangs", timeout: time.Minute, answers: never, err: context.DeadlineExceeded, after: time.Minute},
		{name: "answered too late", timeout: time.Second, answers: 2 * time.Second, err: context.DeadlineExceeded, after: time.Second},
		{name: "interrupted, and hangs", timeout: time.Minute, interrupted: time.Second, err: context.DeadlineExceeded, after: 6 * time.Second},
		{name: "interrupted, and answered in time", timeout: time.Minute, interrupted: time.Second, answers: 5 * time.Second,
			answer: answer{value: "done"}, value: "done", after: 5 * time.Second},
		{name: "interrupted, with a short timeout", timeout: time.Second, interrupted: time.Second / 2, err: context.DeadlineExceeded,
			after: time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.interrupted > 0 {
					time.AfterFunc(test.interrupted, cancel)
				}
				answers := make(chan answer, 1)
				if test.answers > 0 {
					time.AfterFunc(test.answers, func() { answers <- test.answer })
				}
				start := time.Now()
				value, err := await(ctx, answers, test.timeout, &HangError{Op: "write"})
				if value != test.value || !errors.Is(err, test.err) || err != nil && test.err == nil {
					t.Errorf("%q, %v; want %q, %v", value, err, test.value, test.err)
				}
				if hang := (*HangError)(nil); errors.As(err, &hang) && hang.After != test.after {
					t.Errorf("hang after %s, want %s", hang.After, test.after)
				}
				if after := time.Since(start); after != test.after {
					t.Errorf("after %s, want %s", after, test.after)
				}
				time.Sleep(time.Hour) // the late ones
			})
		})
	}
}
