package root

import "strings"

// Variant says what a disk boots with.
type Variant struct {
	Init      string // "systemd", "sysvinit" or "openrc"
	Loader    string // "grub2", or "menu.lst", which GRUB's legacy_configfile reads
	Initramfs string // "initramfs-tools" or "dracut"
}

// Debian is what Debian installs by itself.
var Debian = Variant{Init: "systemd", Loader: "grub2", Initramfs: "initramfs-tools"}

// String returns a name for files and tests.
func (v Variant) String() string {
	return strings.Join([]string{v.Init, v.Loader, v.Initramfs}, "-")
}

// packages are what debootstrap installs for the default variant, beside the
// list.
var defaultPackages = []string{"systemd-sysv", "initramfs-tools"}
