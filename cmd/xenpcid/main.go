// Command xenpcid keeps the declared PCI devices of a Xen dom0 hidden.
package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/daemon"
	"github.com/xenpci/xenpci/internal/daemon/inventory"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

func main() {
	inventory.Serve()
	passthrough.Serve()
	os.Exit(daemon.Main(context.Background(), os.Args[1:], os.Stderr))
}
