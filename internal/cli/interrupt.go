package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// run is what a verb does.
type run func(cmd *cobra.Command, args []string) error

// interruptible returns do with a context that the first signal ends. The second
// signal ends the command at once, and the journal has the rest.
//
// It is for verbs that change something. The others may die of the signal, and
// save the third of a millisecond that listening costs.
func interruptible(do run) run {
	return func(cmd *cobra.Command, args []string) error {
		ctx, stop := listen(cmd.Context())
		defer stop()
		cmd.SetContext(ctx)
		return do(cmd, args)
	}
}

// listen returns a context that the first signal ends.
func listen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
