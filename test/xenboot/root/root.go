// Package root makes the disks that whole boots start from: a Debian by
// debootstrap, with Xen, its own initramfs and boot loader menu, and an agent
// that carries out a test's orders once it is up.
//
// A disk is a file with one ext4 file system and no partitions. mke2fs fills
// it from a folder, so no mount and no loop device is needed, but debootstrap
// and chroot need root. A disk is kept until its recipe changes.
package root

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/xen/packages"
)

// The names by which the file systems are found.
const (
	Label      = "lab-root"
	OrderLabel = "lab-order"
	BootLabel  = "LAB-BOOT" // what UEFI reads, and the system mounts at /boot
	// UUID is the root's: boot loader menus have it in the names of entries.
	UUID = "1ab00000-0000-4000-8000-000000000000"
)

// diskSize is what the disk holds; the file has holes.
const diskSize = "3G"

// Root is a disk that is ready to boot; its fields are names of files.
type Root struct {
	Variant   Variant
	Disk      string // the whole disk; copy it before it is written to
	CD        string // GRUB, which goes on with boot.cfg of the disk OrderLabel; without UEFI
	Boot      string // the disk BootLabel, with xen.efi; with UEFI
	Kernel    string // for a boot without a boot loader
	Initramfs string // the same
}

// paths returns where the disk lies in its folder.
func paths(folder string, v Variant) Root {
	in := func(name string) string { return filepath.Join(folder, name) }
	return Root{Variant: v, Disk: in("disk"), CD: in("cd"), Boot: in("boot"), Kernel: in("vmlinuz"), Initramfs: in("initrd")}
}

// First boots a root that was just made, without a boot loader, and has the
// script run by the agent as the first process.
type First func(ctx context.Context, r Root, script string) error

// Build returns the disk of a variant, and makes it below folder when it is
// not there or was made from something else. Several processes may call it at
// once: one builds and the others wait. The error is ErrNotHere where it cannot
// be made.
func Build(ctx context.Context, folder string, list packages.List, v Variant, first First, log io.Writer) (Root, error) {
	if err := v.check(); err != nil {
		return Root{}, err
	}
	if os.Geteuid() != 0 {
		return Root{}, fmt.Errorf("%w: debootstrap and chroot take root", ErrNotHere)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return Root{}, err
	}
	release, err := v.release(ctx)
	if err != nil {
		return Root{}, err
	}
	stamp, err := packages.Stamp(sources, archiveOf(release, list))
	if err != nil {
		return Root{}, err
	}
	// Whoever still boots what an older recipe made keeps it.
	target := filepath.Join(folder, v.String()+"-"+stamp[:digits])
	made := func() bool {
		_, err := os.Stat(target)
		return err == nil
	}
	if made() {
		return paths(target, v), nil
	}
	unlock, err := packages.Lock(filepath.Join(folder, "lock"))
	if err != nil {
		return Root{}, err
	}
	defer unlock()
	if made() {
		return paths(target, v), nil
	}
	archive := filepath.Join(folder, archiveOf(release, list))
	if err := bootstrap(ctx, v, archive, list, log); err != nil {
		return Root{}, err
	}
	work := target + ".new"
	root := paths(work, v)
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(work, 0o755)); err != nil {
		return Root{}, err
	}
	if err := assemble(ctx, root, archive, log); err != nil {
		return Root{}, fmt.Errorf("disk %s: %w", v, err)
	}
	if v.Loader == "grub2" {
		script, err := sources.ReadFile("files/first")
		if err != nil {
			return Root{}, err
		}
		if err := first(ctx, root, string(script)); err != nil {
			return Root{}, fmt.Errorf("first boot of the disk %s: %w", v, err)
		}
	}
	return paths(target, v), os.Rename(work, target)
}

// assemble unpacks the archive, sets the system up and makes the files of the
// root.
func assemble(ctx context.Context, r Root, archive string, log io.Writer) error {
	tree, err := os.MkdirTemp("", "xenboot")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := os.Chmod(tree, 0o755); err != nil {
		return err
	}
	if err := run(ctx, log, "tar", "--extract", "--file", archive, "--directory", tree); err != nil {
		return err
	}
	kernel, err := one(tree, "boot/vmlinuz-*")
	if err != nil {
		return err
	}
	release := strings.TrimPrefix(filepath.Base(kernel), "vmlinuz-")
	if err := prune(ctx, tree, release, log); err != nil {
		return err
	}
	if err := r.Variant.install(ctx, tree, log); err != nil {
		return err
	}
	if !r.Variant.UEFI() {
		if err := makeCD(ctx, tree, r.CD, log); err != nil {
			return err
		}
	}
	if err := r.Variant.setUp(ctx, tree, release, log); err != nil {
		return err
	}
	initramfs, err := one(tree, "boot/initrd.img-"+release)
	if err != nil {
		return err
	}
	if err := errors.Join(copyFile(kernel, r.Kernel), copyFile(initramfs, r.Initramfs)); err != nil {
		return err
	}
	if r.Variant.UEFI() {
		if err := moveBoot(ctx, tree, r.Boot, log); err != nil {
			return err
		}
	}
	return run(ctx, log, "mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-L", Label, "-U", UUID, "-d", tree, r.Disk, diskSize)
}

// makeCD makes the CD with the GRUB of the tree.
func makeCD(ctx context.Context, tree, target string, log io.Writer) error {
	content, err := os.MkdirTemp("", "cd")
	if err != nil {
		return err
	}
	defer os.RemoveAll(content)
	if err := install(content, "grub.cfg", "boot/grub/grub.cfg", 0o644); err != nil {
		return err
	}
	return run(ctx, log, "grub-mkrescue", "--directory="+filepath.Join(tree, "usr/lib/grub/i386-pc"), "--output="+target, content)
}

// one returns the only file below tree that matches the pattern.
func one(tree, pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(tree, pattern))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("there are %d files %s", len(found), pattern)
	}
	return found[0], nil
}

func copyFile(source, target string) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return os.WriteFile(target, content, 0o644)
}
