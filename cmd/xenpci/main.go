// Command xenpci takes PCI devices away from a Xen dom0, for its guests, and
// gives them back.
package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/cli"
)

func main() {
	if os.Args[0] == attribute.ProcessName {
		attribute.Serve(os.Stdin, os.Stdout)
		return
	}
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System()))
}
