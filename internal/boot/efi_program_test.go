package boot

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/pe/petest"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	const version = "Xen version %d.%d%s (%s@%s)"
	xen := petest.Program(".text", "", ".rodata", version)
	for _, test := range []struct {
		name, file string
		want       efiProgram
	}{
		{"Xen", xen, efiXen},
		{"the version lies across two reads", petest.Program(".rodata", strings.Repeat("x", 1<<20-250)+version), efiXen},
		{"Xen with its configuration", petest.Program(".rodata", version, ".config", "[global]", ".kernel", ""), efiUnified},
		{"Xen in an image of systemd", petest.Program(".linux", version), efiUnified},
		{"Linux in an image of systemd", petest.Program(".linux", "Xen version: %d.%d%s%s"), efiOther},
		{"shim", petest.Program(".sbat", "sbat,1,SBAT Version\nshim,4,UEFI shim\n"), efiLoader},
		{"systemd-boot", petest.Program(".sdmagic", "#### LoaderInfo: systemd-boot 252 ####"), efiLoader},
		{"systemd's stub", petest.Program(".sdmagic", "#### LoaderInfo: systemd-stub 252 ####"), efiOther},
		{"GRUB", petest.Program(".text", "", "mods", ""), efiLoader},
		{"the address of shim's page", petest.Program(".sbat", "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim\n"), efiOther},
		{"another program", petest.Program(".text", "memtest"), efiOther},
		{"cut in the header", xen[:80], efiOther},
		{"cut in the sections", xen[:0x40+24+112+50], efiOther},
		{"text that is no program", version, efiOther},
		{"empty", "", efiOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := identify(strings.NewReader(test.file))
			if err != nil || got != test.want {
				t.Errorf("%d, %v; want %d", got, err, test.want)
			}
		})
	}
}

// FuzzIdentify reads any file as a program, and Xen only where its version is.
func FuzzIdentify(f *testing.F) {
	f.Add([]byte(petest.Program(".rodata", "Xen version %d.%d%s")))
	f.Add([]byte(petest.Program(".config", "", ".kernel", "")))
	f.Add([]byte(petest.Program(".sbat", "shim,4,UEFI shim\n")))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := identify(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if got == efiXen && !bytes.Contains(file, xenMark) {
			t.Errorf("%q", file)
		}
	})
}
