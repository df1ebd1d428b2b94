// Command fetch unpacks the hypervisor of a suite of Debian into a folder: fetch SUITE. Where it
// is not to be had, it says so, and its test is skipped.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/xenpci/xenpci/test/hypervisors"
	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	if len(os.Args) != 2 || hypervisors.Releases[os.Args[1]] == "" {
		fmt.Fprintln(os.Stderr, "fetch SUITE: bullseye, bookworm or trixie")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := fetch(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "no hypervisor to compare with:", err)
	}
}

func fetch(ctx context.Context, suite string) error {
	folder, err := filepath.Abs(hypervisors.Folder)
	if err != nil {
		return err
	}
	unpacked := func(string) error {
		_, err := hypervisors.Images(folder, suite)
		return err
	}
	if unpacked("") == nil {
		return nil
	}
	name := "xen-hypervisor-" + hypervisors.Releases[suite] + "-amd64"
	return packages.UnpackSuite(ctx, suite, []string{name}, filepath.Join(folder, suite), unpacked, os.Stderr)
}
