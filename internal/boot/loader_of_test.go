package boot

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestLoaderOf tells which boot loader reads a file, whatever its name is.
func TestLoaderOf(t *testing.T) {
	t.Parallel()
	const name = "/root/new"
	for _, test := range []struct {
		name, content string
		want          Loader
		title         string // of what boots
		err           error
	}{
		{"grub.cfg", "menuentry 'Xen' {\n\tmultiboot2 /xen.gz\n\tmodule2 /vmlinuz ro\n}\n", Loader{Kind: GRUB2, Config: name}, "Xen", nil},
		{"menu.lst", "title Xen\n\tkernel /xen.gz\n\tmodule /vmlinuz ro\n", Loader{Kind: GRUBLegacy, Config: name}, "Xen", nil},
		{"extlinux.conf", "DEFAULT x\nLABEL x\n  KERNEL mboot.c32\n  APPEND xen.gz --- vmlinuz ro\n", Loader{Kind: Syslinux, Config: name}, "x", nil},
		{"xen.cfg", "[global]\ndefault=a\n[a]\nkernel=vmlinuz ro\n", Loader{Kind: XenEFI, Config: name, Files: []XenFile{{name, "a"}}}, "a", nil},
		{"neither", "#!/bin/sh\necho kernel=x\n", Loader{}, "", ErrNoLoader},
		{"empty", "", Loader{}, "", ErrNoLoader},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, map[string]string{name: test.content})
			got, err := LoaderOf(m.fs, name)
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" || !errors.Is(err, test.err) {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			if err != nil {
				return
			}
			next, err := got.Next(m.fs)
			if err != nil || next.Entry == nil || next.Entry.Title != test.title {
				t.Errorf("%+v, %v", next, err)
			}
		})
	}
	if _, err := LoaderOf(newMachine(t, nil).fs, name); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestFind finds the files that an entry names, where the boot loader finds them.
func TestFind(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"/boot/xen.gz": "", "/boot/grub/x": "", "/boot/efi/EFI/xen/vmlinuz": "", "/vmlinuz": "", "/boot/boot/y": ""})
	for _, test := range []struct {
		kind              LoaderKind
		file, named, want string
	}{
		{GRUB2, "/boot/grub/grub.cfg", "/xen.gz", "/boot/xen.gz"},
		{GRUB2, "/boot/grub/grub.cfg", "/boot/xen.gz", "/boot/xen.gz"},
		{GRUB2, "/boot/grub/grub.cfg", "/boot/y", "/boot/boot/y"},
		{GRUB2, "/boot/grub/grub.cfg", "/vmlinuz", "/vmlinuz"},
		{GRUBLegacy, "/boot/grub/menu.lst", "(hd0,0)/xen.gz", "/boot/xen.gz"},
		{Syslinux, "/boot/extlinux.conf", "xen.gz", "/boot/xen.gz"},
		{XenEFI, "/boot/efi/EFI/xen/xen.cfg", "vmlinuz", "/boot/efi/EFI/xen/vmlinuz"},
		{XenEFI, "/boot/efi/EFI/xen/xen.cfg", `\EFI\xen\vmlinuz`, "/boot/efi/EFI/xen/vmlinuz"},
		{GRUB2, "/boot/grub/grub.cfg", "/gone", ""},
		{GRUB2, "/boot/grub/grub.cfg", "/../../../../etc/passwd", ""},
		{GRUB2, "/boot/grub/grub.cfg", "", ""},
	} {
		if got := (Entry{File: test.file}).Find(m.fs, Loader{Kind: test.kind}, test.named); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.kind, test.named, got, test.want)
		}
	}
}
