// Command xenpci takes PCI devices away from a Xen dom0, for its guests, and
// gives them back.
package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/cli"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

func main() {
	passthrough.Serve()
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System()))
}
