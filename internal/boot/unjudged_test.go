package boot

import (
	"strings"
	"testing"
)

// TestUnjudged names the entries that may boot Xen and that xenpci cannot read, above all
// the default one.
func TestUnjudged(t *testing.T) {
	t.Parallel()
	const (
		header = "### BEGIN /etc/grub.d/00_header ###\nset default=\"0\"\n### END /etc/grub.d/00_header ###\n"
		linux  = "menuentry 'Debian' {\n\tlinux /vmlinuz root=/dev/sda1\n\tinitrd /initrd\n}\n"
		xen    = "menuentry 'Debian, with Xen' {\n\tmultiboot2 /xen.gz\n\tmodule2 /vmlinuz root=/dev/sda1 xen-pciback.hide=(0000:00:09.0)\n}\n"
		tboot  = "menuentry 'Debian, with tboot' {\n\tmultiboot2 /tboot.gz logging=serial\n\tmodule2 /xen.gz dom0_mem=1G\n\tmodule2 /vmlinuz root=/dev/sda1 xen-pciback.hide=(0000:00:09.0)\n}\n"
		chain  = "menuentry 'Xen (EFI)' {\n\tchainloader /EFI/xen/xen-4.17.efi\n}\n"
		other  = "menuentry 'Windows' {\n\tchainloader /EFI/Microsoft/Boot/bootmgfw.efi\n}\n"
	)
	for _, test := range []struct {
		name, config string
		want         []string
	}{
		{"the default entry boots Xen", header + xen + linux + other, nil},
		{"by tboot", header + tboot + linux, nil},
		{"the default entry boots Linux alone", header + linux + xen, []string{`the default entry "Debian" boots Linux without Xen`}},
		{"the default entry starts Xen as an EFI program", header + chain + xen, []string{`cannot tell what the default entry "Xen (EFI)" boots`, `the entry "Xen (EFI)" starts Xen as an EFI program`}},
		{"another entry does", header + xen + chain, []string{`the entry "Xen (EFI)" starts Xen as an EFI program`}},
		{"in a submenu", header + xen + "submenu 'More' {\n" + chain + "}\n", []string{`the entry "Xen (EFI)" starts Xen as an EFI program`}},
		{"the default is another system", header + other + xen, []string{`cannot tell what the default entry "Windows" boots`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, map[string]string{"/boot/grub/grub.cfg": test.config})
			h := m.look(nil)
			var got []string
			for _, err := range h.Loader.unjudged(m.fs) {
				got = append(got, err.Error())
			}
			if len(got) != len(test.want) {
				t.Fatalf("%q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("%q has no %q", got[i], want)
				}
			}
		})
	}
}

// TestTboot edits and judges an entry that loads tboot like any other with Xen.
func TestTboot(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"/boot/grub/menu.lst": "default 0\n\ntitle Xen by tboot\n\tkernel /tboot.gz\n\tmodule /xen.gz dom0_mem=1G\n\tmodule /vmlinuz-6 root=/dev/sda1\n\tmodule /initrd-6\n"})
	entries, err := m.look(nil).Loader.Entries(m.fs)
	if err != nil || len(entries) != 1 || entries[0].Kernel != "/vmlinuz-6" || len(entries[0].Initrds) != 1 || !entries[0].Default {
		t.Errorf("%+v, %v", entries, err)
	}
}
