// Command lab boots whole Xen hosts, from the BIOS on, for trying things out:
// docs/boot-lab.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// verbs are the things that lab can do.
var verbs = []struct {
	name, what string
	run        func(ctx context.Context, args []string) error
}{
	{"build", "make the disks", build},
	{"shell", "commands at the end of a boot, or a shell on this terminal", shell},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := lab(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		stop()
		os.Exit(1)
	}
}

func lab(ctx context.Context, args []string) error {
	for _, verb := range verbs {
		if len(args) > 0 && verb.name == args[0] {
			return verb.run(ctx, args[1:])
		}
	}
	for _, verb := range verbs {
		fmt.Fprintf(os.Stderr, "lab %-6s %s\n", verb.name, verb.what)
	}
	return fmt.Errorf("say which of these")
}
