package root

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fstab is what the system mounts by itself.
const fstab = "UUID=" + UUID + " / ext4 errors=remount-ro 0 1\n"

// grubSettings replace lines of Debian's own /etc/default/grub. There is no
// display, so that GRUB and Xen have the first serial port; with Xen the kernel
// has Xen's console, without it the port. What the kernel says early on is to
// be there at the end.
var grubSettings = map[string]string{
	"GRUB_TIMEOUT":               "0",
	"GRUB_CMDLINE_LINUX_DEFAULT": `""`,
	"GRUB_CMDLINE_LINUX":         `"console=ttyS0 console=hvc0 log_buf_len=4M"`,
	"GRUB_CMDLINE_XEN":           `"console=com1 dom0_mem=1536M,max:1536M"`,
	"GRUB_TERMINAL":              "serial",
	"GRUB_SERIAL_COMMAND":        `"serial --unit=0 --speed=115200"`,
}

// setUp makes a bootable system of the packages below tree.
func (v Variant) setUp(ctx context.Context, tree, release string, log io.Writer) error {
	write := func(name, content string) error {
		return os.WriteFile(filepath.Join(tree, name), []byte(content), 0o644)
	}
	mounts := fstab
	if v.UEFI() {
		mounts += "LABEL=" + BootLabel + " /boot vfat umask=0077 0 2\n"
	}
	return errors.Join(
		write("etc/fstab", mounts),
		write("etc/hostname", "dom0\n"),
		write("etc/hosts", "127.0.0.1 localhost dom0\n"),
		v.configureLoader(ctx, tree, release, log),
		install(tree, "agent", "usr/lib/lab/agent", 0o755),
		v.withAgent(ctx, tree, log),
		inside(ctx, tree, log, "passwd", "--delete", "root"),
		v.makeInitramfs(ctx, tree, release, log))
}

// configureLoader writes what the menu is made of, or the menu.
func (v Variant) configureLoader(ctx context.Context, tree, release string, log io.Writer) error {
	if v.UEFI() {
		return configureXenEFI(ctx, tree, release, log)
	}
	// As grub-install would: GRUB loads the rest of itself from there.
	if err := os.CopyFS(filepath.Join(tree, "boot/grub/i386-pc"), os.DirFS(filepath.Join(tree, "usr/lib/grub/i386-pc"))); err != nil {
		return err
	}
	if v.Loader == "grub2" {
		grub, err := os.ReadFile(filepath.Join(tree, "usr/share/grub/default/grub"))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(tree, "etc/default/grub"), []byte(settings(string(grub), grubSettings)), 0o644)
	}
	hypervisor, err := one(tree, "boot/xen-*-amd64.gz")
	if err != nil {
		return err
	}
	menu, err := sources.ReadFile("files/menu.lst")
	if err != nil {
		return err
	}
	text := strings.NewReplacer("XEN", "/boot/"+filepath.Base(hypervisor), "RELEASE", release, "ROOT", UUID).Replace(string(menu))
	return errors.Join(
		os.WriteFile(filepath.Join(tree, "boot/grub/menu.lst"), []byte(text), 0o644),
		// Nothing of GRUB 2 was there then.
		inside(ctx, tree, log, "apt-get", "purge", "--quiet", "--yes", "grub-common", "grub2-common", "grub-pc-bin"))
}

// settings returns the text of /etc/default/grub with other values. One that
// it does not set is added.
func settings(text string, values map[string]string) string {
	var lines []string
	done := map[string]bool{}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, "=")
		if value, ok := values[name]; ok {
			line, done[name] = name+"="+value+"\n", true
		}
		lines = append(lines, line)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !done[name] {
			lines = append(lines, name+"="+values[name]+"\n")
		}
	}
	return strings.Join(lines, "")
}

// install puts one of the embedded files below tree.
func install(tree, name, target string, mode os.FileMode) error {
	content, err := sources.ReadFile("files/" + name)
	if err != nil {
		return err
	}
	target = filepath.Join(tree, target)
	return errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, content, mode))
}
