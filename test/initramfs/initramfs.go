// Package initramfs lets a test run the programs that make initramfs images,
// from Debian's packages that test/initramfs/fetch unpacks, and without
// installing them: they see a machine of the test's own. It takes root.
package initramfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/test/mounts"
)

// Folder is where the packages are unpacked, below the repository's root.
const Folder = "build/initramfs"

// Packages are those that are unpacked there.
var Packages = []string{"initramfs-tools-core", "dracut-core", "udev"}

// Unpacked reports whether they are.
func Unpacked(folder string) error {
	for _, program := range []string{"usr/sbin/mkinitramfs", "usr/bin/dracut"} {
		if _, err := os.Stat(filepath.Join(folder, program)); err != nil {
			return fmt.Errorf("go run ./test/initramfs/fetch unpacks what is missing: %w", err)
		}
	}
	return nil
}

// Show gives the calling goroutine's thread, for good, a machine with what is
// unpacked in folder, and over it the files of tree: its usr and etc are laid
// over the machine's own, its boot takes that one's place. Nothing of it can be
// written to.
func Show(folder, tree string) error {
	if err := mounts.Own(); err != nil {
		return err
	}
	for _, dir := range []string{"usr", "etc"} {
		lower := strings.Join([]string{filepath.Join(tree, dir), filepath.Join(folder, dir), "/" + dir}, ":")
		if err := syscall.Mount("overlay", "/"+dir, "overlay", 0, "lowerdir="+lower); err != nil {
			return fmt.Errorf("overlay over /%s: %w", dir, err)
		}
	}
	return mounts.Over(filepath.Join(tree, "boot"), "/boot", tree)
}

// Merge moves what a package has in /bin, /sbin and /lib into usr, as a system
// of today has it.
func Merge(folder string) error {
	for _, dir := range []string{"bin", "sbin", "lib"} {
		above := filepath.Join(folder, dir)
		err := filepath.WalkDir(above, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			below, err := filepath.Rel(folder, name)
			if err != nil {
				return err
			}
			to := filepath.Join(folder, "usr", below)
			if d.IsDir() {
				return os.MkdirAll(to, 0o755)
			}
			return os.Rename(name, to)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.RemoveAll(above); err != nil {
			return err
		}
	}
	return nil
}
