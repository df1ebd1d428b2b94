// Package syslinux reads the configuration of the boot loaders EXTLINUX, SYSLINUX and
// ISOLINUX: extlinux.conf, syslinux.cfg, isolinux.cfg. It edits the arguments of labels that
// boot Xen, and leaves every other byte.
//
// The format is described in doc/syslinux.txt and doc/menu.txt of SYSLINUX. Alpine
// Linux generates extlinux.conf by its program update-extlinux.
//
// The package works on bytes: the caller reads the files. All types are plain values,
// and may be shared between goroutines that do not change them.
package syslinux
