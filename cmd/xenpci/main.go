// Command xenpci takes PCI devices away from a Xen dom0, for its guests, and
// gives them back.
package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/cli"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// The commit that the program is built from, and its time as RFC 3339 has it. The Makefile
// has the linker set them.
var commit, date string

func main() {
	passthrough.Serve()
	env := cli.System()
	env.Build = passthrough.NewBuild(commit, date)
	os.Exit(cli.Main(context.Background(), os.Args[1:], env))
}
