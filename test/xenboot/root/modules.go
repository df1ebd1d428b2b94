package root

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// modules are what stays in /lib/modules, with what they need: Xen's, and the
// drivers of the hardware that a test may ask for. A rebuild of the initramfs
// looks at every module, which takes an emulated processor minutes.
var modules = []string{
	"xenfs", "xen-privcmd", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-pciback", "xen-netback", "xen-blkback", "xen-acpi-processor",
	"e1000", "e1000e", "8139cp", "nvme", "uhci-hcd", "ehci-pci", "pci-stub",
	"virtio-pci", "virtio-blk", "ext4", "crc32c-generic", "autofs4", "binfmt-misc",
	"vfat", "nls-cp437", "nls-ascii", "efivarfs",
}

// prune deletes the other modules of the release.
func prune(ctx context.Context, tree, release string, log io.Writer) error {
	text, err := output(ctx, "chroot", append([]string{tree, "modprobe", "--set-version", release, "--show-depends", "--all"}, modules...)...)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "insmod" {
			keep[filepath.Base(fields[1])] = true
		}
	}
	folder := filepath.Join(tree, "lib/modules", release)
	err = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(entry.Name(), ".ko") || keep[entry.Name()] {
			return err
		}
		return os.Remove(name)
	})
	if err != nil {
		return err
	}
	return run(ctx, log, "chroot", tree, "depmod", release)
}
