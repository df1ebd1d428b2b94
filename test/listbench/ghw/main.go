// Command ghw lists PCI devices with the library of that name, to be measured
// beside lspci and 'xenpci list -nn'. It is a module of its own, so that
// xenpci's does not depend on what xenpci does not use.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/jaypipes/ghw"
)

func main() {
	if err := list(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "ghw:", err)
		os.Exit(1)
	}
}

func list(root string) error {
	info, err := ghw.PCI(ghw.WithChroot(root), ghw.WithDisableWarnings())
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for _, d := range info.Devices {
		fmt.Fprintf(out, "%s %s [%s%s]: %s %s [%s:%s]\n", d.Address, d.Subclass.Name, d.Class.ID, d.Subclass.ID,
			d.Vendor.Name, d.Product.Name, d.Vendor.ID, d.Product.ID)
	}
	return out.Flush()
}
