package boot

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/pe/petest"
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
	starts := func(words string) string { return "menuentry 'Other' {\n\tchainloader " + words + "\n}\n" }
	loads := func(name string) string { return "menuentry 'Other' {\n\tconfigfile " + name + "\n}\n" }
	files := map[string]string{
		"/boot/more.cfg":                   xen,
		"/boot/grub/snapshots.cfg":         linux,
		"/boot/efi/EFI/xen/hypervisor.efi": petest.Program(".rodata", "Xen version %d.%d%s (%s@%s)"),
		"/boot/efi/EFI/BOOT/BOOTX64.EFI":   petest.Program(".sbat", "sbat,1,SBAT Version\nshim,4,UEFI shim,shim,1\n"),
		"/boot/efi/EFI/other/grubx64.efi":  petest.Program("mods", ""),
		"/efi/EFI/Linux/xen.unified.efi":   petest.Program(".config", "", ".kernel", ""),
		"/efi/EFI/Linux/stub.efi":          petest.Program(".linux", "Xen version %d.%d%s (%s@%s)"),
		"/efi/EFI/Linux/linux.efi":         petest.Program(".linux", "Linux version"),
		"/boot/memtest.efi":                petest.Program(".text", "memtest"),
		"/boot/text.efi":                   "no program",
		"/boot/folder.efi/":                "",
	}
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
		{"a copy of Xen", header + xen + starts("(hd0,gpt1)/EFI/xen/hypervisor.efi placeholder"), []string{`the entry "Other" starts Xen as an EFI program`}},
		{"with the separators of UEFI", header + xen + starts(`'\EFI\xen\hypervisor.efi'`), []string{`the entry "Other" starts Xen as an EFI program`}},
		{"Xen by shim", header + xen + starts("/EFI/BOOT/BOOTX64.EFI xen-4.17.efi"), []string{`the entry "Other" starts Xen as an EFI program`}},
		{"shim", header + xen + starts("/EFI/BOOT/BOOTX64.EFI"), []string{`cannot tell whether the entry "Other" boots Xen: it starts another boot loader, /EFI/BOOT/BOOTX64.EFI`}},
		{"another GRUB", header + xen + starts("/EFI/other/grubx64.efi"), []string{`it starts another boot loader, /EFI/other/grubx64.efi`}},
		{"a unified image", header + xen + starts("--force /EFI/Linux/xen.unified.efi"), []string{`the entry "Other" starts Xen as an EFI program`}},
		{"a unified image without the name of Xen", header + xen + starts("/EFI/Linux/stub.efi"), []string{`starts /EFI/Linux/stub.efi, a unified image with Xen`}},
		{"a file that is not there", header + xen + starts("/EFI/debian/shimx64.efi"), []string{`cannot tell whether the entry "Other" boots Xen: it starts /EFI/debian/shimx64.efi, which is not in /boot/efi, /efi or /boot`}},
		{"what is no file", header + xen + starts("/folder.efi"), []string{`cannot tell whether the entry "Other" boots Xen: `}},
		{"Linux", header + xen + starts("/EFI/Linux/linux.efi"), nil},
		{"a program of another kind", header + xen + starts("/boot/memtest.efi"), nil},
		{"no program", header + xen + starts("/text.efi"), nil},
		{"a boot sector", header + xen + starts("(hd0,1)+1"), nil},
		{"the menu of another file", header + xen + loads("/boot/grub2/grub.cfg"), []string{`cannot tell whether the entry "Other" boots Xen: it loads the menu /boot/grub2/grub.cfg, which is not in`}},
		{"a menu with Xen", header + xen + loads("(hd0,1)/boot/more.cfg"), []string{`the entry "Other" loads the menu /boot/more.cfg, which boots Xen too`}},
		{"a menu on a file system of its own", header + xen + loads("/more.cfg"), []string{`the entry "Other" loads the menu /boot/more.cfg, which boots Xen too`}},
		{"a menu without Xen", header + xen + loads("${prefix}/snapshots.cfg"), nil},
		{"the same menu", header + xen + loads("$prefix/grub.cfg") + loads("/grub/grub.cfg"), nil},
		{"the commands of another file", header + xen + "menuentry 'Other' {\n\tsource /boot/xen.cmds\n}\n", []string{`cannot tell whether the entry "Other" boots Xen: it runs the commands in /boot/xen.cmds`}},
		{"GRUB legacy's menu", header + xen + "menuentry 'Old' {\n\tlegacy_configfile /boot/grub/menu.lst\n}\n", []string{`cannot tell whether the entry "Old" boots Xen: it loads the menu /boot/grub/menu.lst`}},
		{"the default is another system", header + other + xen, []string{`cannot tell what the default entry "Windows" boots`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, files, map[string]string{"/boot/grub/grub.cfg": test.config})
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
