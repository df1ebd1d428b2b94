package boot

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// program returns an EFI program with these sections: a name and the content of each.
func program(sections ...string) string {
	const header, optional, entry = 0x40, 112, 40
	b := make([]byte, header+24+optional+entry*len(sections)/2)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[0x3c:], header)
	copy(b[header:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(b[header+6:], uint16(len(sections)/2))
	binary.LittleEndian.PutUint16(b[header+20:], optional)
	for i := 0; i < len(sections); i += 2 {
		at := header + 24 + optional + entry*i/2
		copy(b[at:at+8], sections[i])
		binary.LittleEndian.PutUint32(b[at+16:], uint32(len(sections[i+1])))
		binary.LittleEndian.PutUint32(b[at+20:], uint32(len(b)))
		b = append(b, sections[i+1]...)
	}
	return string(b)
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	const version = "Xen version %d.%d%s (%s@%s)"
	xen := program(".text", "", ".rodata", version)
	for _, test := range []struct {
		name, file string
		want       efiProgram
	}{
		{"Xen", xen, efiXen},
		{"the version lies across two reads", program(".rodata", strings.Repeat("x", 1<<20-250)+version), efiXen},
		{"Xen with its configuration", program(".rodata", version, ".config", "[global]", ".kernel", ""), efiUnified},
		{"Xen in an image of systemd", program(".linux", version), efiUnified},
		{"Linux in an image of systemd", program(".linux", "Xen version: %d.%d%s%s"), efiOther},
		{"shim", program(".sbat", "sbat,1,SBAT Version\nshim,4,UEFI shim\n"), efiLoader},
		{"systemd-boot", program(".sdmagic", "#### LoaderInfo: systemd-boot 252 ####"), efiLoader},
		{"systemd's stub", program(".sdmagic", "#### LoaderInfo: systemd-stub 252 ####"), efiOther},
		{"GRUB", program(".text", "", "mods", ""), efiLoader},
		{"the address of shim's page", program(".sbat", "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim\n"), efiOther},
		{"another program", program(".text", "memtest"), efiOther},
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
	f.Add([]byte(program(".rodata", "Xen version %d.%d%s")))
	f.Add([]byte(program(".config", "", ".kernel", "")))
	f.Add([]byte(program(".sbat", "shim,4,UEFI shim\n")))
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
