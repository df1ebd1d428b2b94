// Command xenpcid keeps the declared PCI devices of a Xen dom0 hidden.
package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/daemon"
	"github.com/xenpci/xenpci/internal/daemon/inventory"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// The commit that the program is built from, and its time as RFC 3339 has it. The Makefile
// has the linker set them.
var commit, date string

func main() {
	inventory.Serve()
	passthrough.Serve()
	os.Exit(daemon.Main(context.Background(), os.Args[1:], passthrough.NewBuild(commit, date), os.Stdout, os.Stderr))
}
