package boot

import (
	"context"
	"path"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// triggers is the name of the scripts that check the layers after an update. They
// are there if any layer is enabled, and are not a layer of their own.
const triggers Name = "triggers"

// triggerFiles are scripts that run when kernels, initramfs images and boot loaders
// are installed: on Debian after zz-update-grub, on systems with kernel-install
// after all others.
var triggerFiles = [...]string{
	"/etc/kernel/postinst.d/zzz-xenpci",
	"/etc/initramfs/post-update.d/zzz-xenpci",
	"/etc/kernel/install.d/99-xenpci.install",
}

// pacmanHook is what pacman runs after kernels, images and GRUB are updated (alpm-hooks(5)),
// after the hook by which mkinitcpio makes images. It fails if something is wrong, which
// pacman reports.
const (
	pacmanFolder = "/etc/pacman.d"
	pacmanHook   = pacmanFolder + "/hooks/zz-xenpci.hook"
	pacmanText   = mark + `[Trigger]
Type = Path
Operation = Install
Operation = Upgrade
Operation = Remove
Target = usr/lib/modules/*/vmlinuz
Target = usr/lib/initcpio/*
Target = usr/lib/firmware/*

[Trigger]
Type = Package
Operation = Install
Operation = Upgrade
Target = mkinitcpio
Target = grub
Target = xen

[Action]
Description = Checking whether the next boot hides the declared PCI devices...
When = PostTransaction
Exec = ` + brand.Program + ` verify --next
`
)

// triggersLayer checks after each update of a kernel or an image that the next boot
// still hides the devices. It reports what is wrong and stops no update.
type triggersLayer struct{}

func (triggersLayer) name() Name { return triggers }

func (triggersLayer) files(h *Host, _ []Device, on bool) ([]change.Change, error) {
	script := initscript.File{Mode: 0o755, Text: `#!/bin/sh
` + mark + `# Reports if the next boot does not hide the devices any more. The update goes on
# in any case.
program=` + brand.Program + `
if [ -x "$program" ]; then
	"$program" verify --next >&2 || :
fi
exit 0
`}
	pacman := initscript.File{Text: pacmanText}
	if on {
		files, err := brand.WithProgram([]initscript.File{script, pacman}, h.Program)
		if err != nil {
			return nil, err
		}
		script, pacman = files[0], files[1]
	}
	hook, err := whole(h.FS, pacmanHook, []byte(pacman.Text), 0, on && h.FS.Exists(pacmanFolder))
	if err != nil {
		return nil, err
	}
	changes := []change.Change{hook}
	for _, name := range triggerFiles {
		c, err := whole(h.FS, name, []byte(script.Text), script.Mode, on && h.FS.Exists(path.Dir(name)))
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (triggersLayer) commands(*Host, []Device, bool) []change.Command { return nil }

func (l triggersLayer) check(_ context.Context, h *Host, devices []Device) []error {
	return h.checkFiles(l, devices)
}
