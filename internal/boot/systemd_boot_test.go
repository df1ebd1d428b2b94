package boot

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/pe/petest"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// TestBeforeXenEFI judges the default entry of a boot loader that starts xen.efi only if
// somebody chooses it.
func TestBeforeXenEFI(t *testing.T) {
	t.Parallel()
	const (
		linux   = "title Arch\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img\noptions root=/dev/sda1\n"
		xen     = "title Xen\nefi /EFI/xen/xen-4.17.efi\n"
		entries = "/boot/efi/loader/entries/"
		conf    = "/boot/efi/loader/loader.conf"
	)
	grubWith := func(text string) map[string]string { return map[string]string{"/boot/grub/grub.cfg": text} }
	menu := func(lines string, more map[string]string) map[string]string {
		return joined(map[string]string{
			"/boot/efi/EFI/systemd/systemd-bootx64.efi": petest.Program(".sdmagic", "#### LoaderInfo: systemd-boot 257 ####"),
			entries + "arch.conf":                       linux, entries + "xen.conf": xen, conf: lines,
		}, more)
	}
	firmware := func(file string) map[string]string {
		return map[string]string{efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, file, "")}
	}
	const cannotTell = "cannot tell what systemd-boot boots by default"
	for _, test := range []struct {
		name string
		more map[string]string
		want []string
	}{
		{"alone", nil, nil},
		{"GRUB boots Linux", grubWith("set default=0\nmenuentry 'Debian' {\n\tlinux /vmlinuz\n}\nmenuentry 'Xen' {\n\tchainloader /EFI/xen/xen-4.17.efi\n}\n"),
			[]string{`/boot/grub/grub.cfg: the default entry "Debian" boots Linux without Xen`}},
		{"GRUB starts it", grubWith("set default=1\nmenuentry 'Debian' {\n\tlinux /vmlinuz\n}\nmenuentry 'Xen' {\n\tchainloader /EFI/xen/xen-4.17.efi\n}\n"), nil},
		{"systemd-boot boots Linux", menu("timeout 3\ndefault arch.conf\n", nil), []string{`/boot/efi/loader/entries/arch.conf: systemd-boot boots Linux without Xen by default`}},
		{"systemd-boot starts it", menu("default\txen*\n", nil), nil},
		{"by a name without its end", menu("default xen\n", nil), nil},
		{"no default", menu("timeout 3\n", nil), []string{cannotTell}},
		{"saved", menu("default @saved\n", nil), []string{cannotTell}},
		{"several", menu("default *\n", nil), []string{cannotTell}},
		{"no menu", menu("default xen\n", map[string]string{entries + "xen.conf": "", entries + "arch.conf": ""}), []string{cannotTell}},
		{"chosen in its menu", menu("default xen\n", map[string]string{efiVariables + "LoaderEntryDefault" + loaderVendor: variable(ucs2("arch.conf\x00")...)}),
			[]string{`arch.conf: systemd-boot boots Linux without Xen by default`}},
		{"once", menu("default arch\n", map[string]string{efiVariables + "LoaderEntryOneShot" + loaderVendor: variable(ucs2("xen.conf")...)}), nil},
		{"the firmware starts systemd-boot", joined(menu("default arch\n", nil), firmware(`\EFI\systemd\systemd-bootx64.efi`)), []string{"boots Linux without Xen by default"}},
		{"the firmware starts systemd-boot, and there is GRUB", joined(menu("default xen\n", nil), firmware(`\EFI\systemd\systemd-bootx64.efi`), grubWith("menuentry 'Debian' {\n\tlinux /vmlinuz\n}\n")), nil},
		{"the firmware starts xen.efi", joined(menu("default arch\n", nil), firmware(`\EFI\xen\xen-4.17.efi`)), nil},
		{"the firmware starts rEFInd", joined(firmware(`\EFI\refind\refind_x64.efi`), map[string]string{"/boot/efi/EFI/refind/refind_x64.efi": petest.Program(".sbat", "refind,1\n")}),
			[]string{"cannot tell whether this machine boots Xen: its firmware starts another boot loader, /boot/efi/EFI/refind/refind_x64.efi"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, efiXenMachine(), test.more)
			l := m.look(nil).Loader
			if l.Kind != XenEFI {
				t.Fatalf("%+v", l)
			}
			haveFacts(t, l.unjudged(m.fs), test.want)
		})
	}

	// GRUB has entries with Xen, and is not what the firmware starts.
	for file, want := range map[string][]string{
		`\EFI\systemd\systemd-bootx64.efi`: {"the firmware starts systemd-boot, and not GRUB, whose /boot/grub/grub.cfg xenpci edits"},
		`\EFI\debian\grubx64.efi`:          nil,
	} {
		m := newMachine(t, debian12(), menu("default xen\n", nil), firmware(file), map[string]string{"/boot/efi/EFI/debian/grubx64.efi": petest.Program("mods", "")})
		l := m.look(nil).Loader
		if l.Kind != GRUB2 {
			t.Fatalf("%+v", l)
		}
		haveFacts(t, l.unjudged(m.fs), want)
	}

	// Its options name another file.
	m := newMachine(t, efiXenMachine(), menu("default xen\n", map[string]string{
		entries + "xen.conf": xen + "options placeholder -cfg=more.cfg\n", "/boot/efi/EFI/xen/more.cfg": "[a]\nkernel=v\n",
	}))
	if l := m.look(nil).Loader; l.Config != "/boot/efi/EFI/xen/more.cfg" {
		t.Errorf("%+v, %+v", l, xencfg.ParseOptions("placeholder -cfg=more.cfg"))
	}
	if _, ok := parseLoaderEntry("x", []byte(strings.Repeat("#", 10))); ok {
		t.Error("a comment is an entry")
	}
}
