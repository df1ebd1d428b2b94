// Package verbs is the command line of the lab's commands, which are called
// through the Makefile: one word, and what is for that word.
package verbs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Verb is one of the things that a command can do.
type Verb struct {
	Name, What string
	Run        func(ctx context.Context, args []string) error
}

// Main runs the verb that the command was called with, and ends the process
// where it fails. The first signal ends its context.
func Main(verbs ...Verb) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stderr, os.Args[1:], verbs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

// run runs one verb, or prints which there are.
func run(ctx context.Context, out io.Writer, args []string, verbs []Verb) error {
	for _, v := range verbs {
		if len(args) > 0 && v.Name == args[0] {
			return v.Run(ctx, args[1:])
		}
	}
	for _, v := range verbs {
		fmt.Fprintf(out, "lab %-6s %s\n", v.Name, v.What)
	}
	return errors.New("say which of these")
}
