// Package xencfg reads the configuration file of xen.efi, which lies beside that
// program on the EFI system partition, as xen.efi reads it, and edits the arguments of
// dom0's kernel in it without changing any other byte.
//
// The format is described in docs/misc/efi.pandoc of Xen, and read by
// xen/common/efi/boot.c. GRUB does not read such a file: where GRUB loads Xen by
// multiboot2, it has no effect.
//
// The package works on bytes: the caller reads and writes the files. All types are
// plain values, and may be shared between goroutines that do not change them.
package xencfg
