// Command fetch unpacks a lspci of today and its libraries into a folder, on a
// Debian whose own is older. Where that is not to be had, it says so, and the tests
// have one lspci less to compare with.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/xenpci/xenpci/test/lspci"
	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := filepath.Abs(lspci.Folder)
	if err == nil && !present(folder) {
		// Debian 13: lspci 3.13.
		err = packages.UnpackSuite(ctx, "trixie", []string{"pciutils"}, folder, unpacked, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no newer lspci to compare with:", err)
	}
}

// present reports whether there is a lspci that prints what it does today.
func present(folder string) bool {
	installed, err := lspci.Installed()
	return err == nil && installed.Recent() || unpacked(folder) == nil
}

func unpacked(folder string) error {
	_, err := lspci.Unpacked(folder)
	return err
}
