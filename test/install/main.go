// Command install installs the packages under the heading [host] of the lists
// that it is given. It is called through the Makefile.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, name := range os.Args[1:] {
		if err := install(ctx, name); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			stop()
			os.Exit(1)
		}
	}
}

// install installs what is missing of one list. A machine without apt-get is
// its owner's to equip: the tests that miss something there say so and skip.
func install(ctx context.Context, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	list, err := packages.Parse(string(text))
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		fmt.Fprintf(os.Stderr, "%s: there is no apt-get here, so nothing is installed\n", name)
		return nil
	}
	return packages.Install(ctx, list.Host, os.Stderr)
}
