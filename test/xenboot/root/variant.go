package root

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Variant says what a disk boots with.
type Variant struct {
	Init      string // "systemd", "sysvinit" or "openrc"
	Loader    string // "grub2"; "menu.lst", which GRUB's legacy_configfile reads; or "xen.efi", which UEFI starts
	Initramfs string // "initramfs-tools" or "dracut"
	Suite     string // of Debian, such as "trixie"; empty for the one that this machine's apt has
}

// Debian is what Debian installs by itself.
var Debian = Variant{Init: "systemd", Loader: "grub2", Initramfs: "initramfs-tools"}

// String returns a name for files and tests.
func (v Variant) String() string {
	name := strings.Join([]string{v.Init, v.Loader, v.Initramfs}, "-")
	if v.Suite != "" {
		name += "-" + v.Suite
	}
	return name
}

// defaultPackages are what debootstrap installs for Debian, beside the list.
var defaultPackages = []string{"systemd-sysv", "initramfs-tools"}

// variantPackages are what takes their place.
var variantPackages = map[string][]string{
	"systemd": nil, "grub2": nil, "menu.lst": nil, "xen.efi": nil, "initramfs-tools": nil,
	"sysvinit": {"sysvinit-core", "sysv-rc", "orphan-sysvinit-scripts"},
	"openrc":   {"sysvinit-core", "openrc", "orphan-sysvinit-scripts"},
	"dracut":   {"dracut"},
}

// check reports whether there is such a variant.
func (v Variant) check() error {
	inits, loaders, tools := []string{"systemd", "sysvinit", "openrc"}, []string{"grub2", "menu.lst", "xen.efi"}, []string{"initramfs-tools", "dracut"}
	if !slices.Contains(inits, v.Init) || !slices.Contains(loaders, v.Loader) || !slices.Contains(tools, v.Initramfs) {
		return fmt.Errorf("%s: choose of %s, of %s and of %s", v, inits, loaders, tools)
	}
	return nil
}

// UEFI reports whether the firmware is UEFI, which reads a file system of its own.
func (v Variant) UEFI() bool { return v.Loader == "xen.efi" }

// install brings the variant's packages below tree, which apt does inside it.
func (v Variant) install(ctx context.Context, tree string, log io.Writer) error {
	var names []string
	for _, part := range []string{v.Init, v.Loader, v.Initramfs} {
		names = append(names, variantPackages[part]...)
	}
	if len(names) == 0 {
		return nil
	}
	// Nothing is started while it is installed.
	policy := filepath.Join(tree, "usr/sbin/policy-rc.d")
	if err := os.WriteFile(policy, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		return err
	}
	return errors.Join(
		inside(ctx, tree, log, "apt-get", "update", "--quiet=2"),
		inside(ctx, tree, log, append([]string{"apt-get", "install", "--quiet", "--yes", "--no-install-recommends"}, names...)...),
		os.Remove(policy))
}

// withAgent has the init run the agent at the end of a boot.
func (v Variant) withAgent(ctx context.Context, tree string, log io.Writer) error {
	if v.Init == "systemd" {
		return errors.Join(
			install(tree, "lab.service", "etc/systemd/system/lab.service", 0o644),
			inside(ctx, tree, log, "systemctl", "enable", "lab.service"))
	}
	// init goes through the lines from the top to the bottom: in single-user mode
	// the agent is to come before the shell, otherwise after all services.
	name := filepath.Join(tree, "etc/inittab")
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	const single, agent = "~~:S:wait:", "/usr/lib/lab/agent\n"
	text := strings.Replace(string(content), single, "ls:S:wait:"+agent+single, 1) + "lm:2345:once:" + agent
	return os.WriteFile(name, []byte(text), 0o644)
}

// makeInitramfs makes the initramfs again.
func (v Variant) makeInitramfs(ctx context.Context, tree, release string, log io.Writer) error {
	if v.Initramfs == "dracut" {
		return errors.Join(
			install(tree, "dracut", "etc/dracut.conf.d/lab.conf", 0o644),
			inside(ctx, tree, log, "dracut", "--force", "--quiet", "/boot/initrd.img-"+release, release))
	}
	return errors.Join(
		install(tree, "initramfs-tools", "etc/initramfs-tools/conf.d/lab", 0o644),
		inside(ctx, tree, log, "update-initramfs", "-u", "-k", release))
}
