// Command fetch unpacks systemd's varlinkctl and its libraries into a folder, on a
// Debian that does not have it. Where it is not to be had, it says so, and the tests
// that need it are skipped.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/xenpci/xenpci/test/varlinkctl"
	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := filepath.Abs(varlinkctl.Folder)
	if err == nil && !present(folder) {
		// Debian 13: systemd 257.
		err = packages.UnpackSuite(ctx, "trixie", []string{"systemd"}, folder, unpacked, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no varlinkctl to test against:", err)
	}
}

func present(folder string) bool {
	_, err := varlinkctl.Installed()
	return err == nil || unpacked(folder) == nil
}

func unpacked(folder string) error {
	_, err := varlinkctl.Unpacked(folder)
	return err
}
