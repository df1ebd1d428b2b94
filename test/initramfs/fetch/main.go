// Command fetch unpacks the programs that make initramfs images into a folder,
// on Debian and Ubuntu. Installed, they would make one for this machine. Where
// they are not to be had it says so, and their tests are skipped.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/xenpci/xenpci/test/initramfs"
	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := filepath.Abs(initramfs.Folder)
	if err == nil && initramfs.Unpacked(folder) != nil {
		err = fetch(ctx, folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no initramfs tools to run:", err)
	}
}

func fetch(ctx context.Context, folder string) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "initramfs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	var own packages.Source
	names, err := own.Resolve(ctx, initramfs.Packages, false)
	if err != nil {
		// Lists of packages may be missing altogether.
		if err := own.Update(ctx, os.Stderr); err != nil {
			return err
		}
		if names, err = own.Resolve(ctx, initramfs.Packages, false); err != nil {
			return err
		}
	}
	// Half a tree is none.
	tree := filepath.Join(scratch, "tree")
	if err := own.Unpack(ctx, names, filepath.Join(scratch, "debs"), tree, os.Stderr); err != nil {
		return err
	}
	if err := errors.Join(initramfs.Merge(tree), initramfs.Unpacked(tree), os.RemoveAll(folder), os.MkdirAll(filepath.Dir(folder), 0o755)); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "cp", "--archive", tree, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w: %s", err, out)
	}
	return nil
}
