// Command xenpci takes PCI devices away from a Xen dom0, for its guests, and
// gives them back.
package main

import (
	"os"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/cli"
)

func main() {
	attribute.Serve()
	os.Exit(cli.Main(os.Args[1:], cli.System()))
}
