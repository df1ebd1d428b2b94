package passthrough

import "github.com/xenpci/xenpci/internal/boot"

// Loader is a kind of boot loader.
type Loader string

// The boot loaders that xenpci can give arguments to.
const (
	LoaderGRUB2      Loader = "grub2"
	LoaderGRUBLegacy Loader = "grub_legacy"
	LoaderSyslinux   Loader = "syslinux" // and EXTLINUX, ISOLINUX
	LoaderXenEFI     Loader = "xen_efi"
	LoaderStub       Loader = "systemd_stub" // of a unified image that boots Linux without Xen
)

// String returns its name as people write it: "GRUB 2"; "" where it is not known.
func (l Loader) String() string {
	switch l {
	case LoaderGRUB2:
		return string(boot.GRUB2)
	case LoaderGRUBLegacy:
		return string(boot.GRUBLegacy)
	case LoaderSyslinux:
		return string(boot.Syslinux)
	case LoaderXenEFI:
		return string(boot.XenEFI)
	case LoaderStub:
		return string(boot.Stub)
	}
	return string(l)
}

func newLoader(kind boot.LoaderKind) Loader {
	switch kind {
	case boot.GRUB2:
		return LoaderGRUB2
	case boot.GRUBLegacy:
		return LoaderGRUBLegacy
	case boot.Syslinux:
		return LoaderSyslinux
	case boot.XenEFI:
		return LoaderXenEFI
	case boot.Stub:
		return LoaderStub
	}
	return ""
}
