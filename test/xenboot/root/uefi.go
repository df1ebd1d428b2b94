package root

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// bootSize is what the disk that UEFI reads holds.
const bootSize = "300M"

// configureXenEFI puts xen.efi where UEFI looks for a program if nobody has told it of
// one, and its configuration beside it. There is no GRUB.
func configureXenEFI(ctx context.Context, tree, release string, log io.Writer) error {
	hypervisor, err := one(tree, "boot/xen-*-amd64.efi")
	if err != nil {
		return err
	}
	config, err := sources.ReadFile("files/xen.cfg")
	if err != nil {
		return err
	}
	folder := filepath.Join(tree, "boot/EFI/BOOT")
	text := strings.NewReplacer("RELEASE", release, "ROOT", UUID).Replace(string(config))
	return errors.Join(
		os.MkdirAll(folder, 0o755),
		copyFile(hypervisor, filepath.Join(folder, "BOOTX64.EFI")),
		os.WriteFile(filepath.Join(folder, "BOOTX64.cfg"), []byte(text), 0o644),
		inside(ctx, tree, log, "apt-get", "purge", "--quiet", "--yes", "grub-common", "grub2-common", "grub-pc-bin"))
}

// moveBoot makes the disk that UEFI reads of the tree's /boot, which is empty then.
func moveBoot(ctx context.Context, tree, target string, log io.Writer) error {
	boot := filepath.Join(tree, "boot")
	names, err := filepath.Glob(filepath.Join(boot, "*"))
	if err != nil {
		return err
	}
	err = errors.Join(
		run(ctx, log, "truncate", "--size="+bootSize, target),
		run(ctx, log, "mformat", "-i", target, "-F", "-v", BootLabel, "::"),
		run(ctx, log, "mcopy", append(append([]string{"-s", "-i", target}, names...), "::")...))
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}
