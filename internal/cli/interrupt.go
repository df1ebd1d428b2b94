package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// interruptible is the context of a call. The first signal ends it; the second
// ends the command at once, and the journal knows the rest.
//
// It listens from when it is first looked at: to listen costs a third of a
// millisecond, and what only reads may as well die of the signal.
type interruptible struct {
	once sync.Once
	ctx  context.Context
	stop func()
}

func (i *interruptible) listening() context.Context {
	i.once.Do(func() {
		i.ctx, i.stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		context.AfterFunc(i.ctx, i.stop)
	})
	return i.ctx
}

// release ends the listening.
func (i *interruptible) release() {
	i.once.Do(func() { i.ctx, i.stop = context.Background(), func() {} })
	i.stop()
}

// Done implements context.Context: who asks for it wants to be interrupted.
func (i *interruptible) Done() <-chan struct{} { return i.listening().Done() }

// Err implements context.Context: context.Canceled after the first signal.
func (i *interruptible) Err() error { return i.listening().Err() }

// Deadline implements context.Context: there is none.
func (i *interruptible) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (i *interruptible) Value(key any) any { return i.listening().Value(key) }
