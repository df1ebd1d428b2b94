// Command lab makes, boots and shows the emulated Xen host that xenpci is
// tested on. It is called through the Makefile: make xen-shell, make demo,
// make bench.
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
	{"build", "install what is missing and make the image", build},
	{"shell", "a shell in dom0, on this terminal", shell},
	{"demo", "show a card's way to a guest and back", demo},
	{"bench", "measure xenpci, xl and raw writes", bench},
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
