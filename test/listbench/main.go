// Command listbench measures 'xenpci list' beside lspci and ghw: CPU time, wall
// time, memory and system calls, over trees of 16, 256 and 4096 devices and
// over this machine's own /sys. It prints Markdown tables. It is called by
// make bench-list, as root, since lspci looks for module indexes where only a
// mount of one's own can put them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "listbench:", err)
		stop()
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	b, err := prepare(ctx)
	if err != nil {
		return err
	}
	defer b.remove()
	if err := b.showModules(); err != nil {
		return err
	}
	if err := b.where(); err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	if err := b.compare(); err != nil {
		return err
	}
	if err := b.chosenNames(); err != nil {
		return err
	}
	return b.systemCalls()
}
