package boot

import (
	"encoding/binary"
	"maps"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xenpci/xenpci/internal/pe/petest"
)

// variable returns a variable of the firmware with its attributes.
func variable(content ...byte) string { return "\x07\x00\x00\x00" + string(content) }

func numbers(numbers ...uint16) string {
	var content []byte
	for _, n := range numbers {
		content = binary.LittleEndian.AppendUint16(content, n)
	}
	return variable(content...)
}

func ucs2(text string) (content []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		content = binary.LittleEndian.AppendUint16(content, unit)
	}
	return content
}

// firmwareEntry returns an entry with a disk, a file there unless it is "", and a command line.
func firmwareEntry(active bool, file, line string) string {
	node := func(kind, sub byte, content []byte) []byte {
		return append(binary.LittleEndian.AppendUint16([]byte{kind, sub}, uint16(4+len(content))), content...)
	}
	path := node(4, 1, make([]byte, 38))
	if file != "" {
		path = append(path, node(4, 4, append(ucs2(file), 0, 0))...)
	}
	path = append(path, node(0x7f, 0xff, nil)...)
	attributes := uint32(0)
	if active {
		attributes = 1
	}
	content := binary.LittleEndian.AppendUint32(nil, attributes)
	content = binary.LittleEndian.AppendUint16(content, uint16(len(path)))
	content = append(append(content, ucs2("Xen")...), 0, 0)
	return variable(append(append(content, path...), ucs2(line)...)...)
}

func efivar(name string) string { return efiVariables + name + efiGlobal }

// TestFindXenEFI finds what the firmware, or GRUB's default entry, starts.
func TestFindXenEFI(t *testing.T) {
	t.Parallel()
	const xen, copied = "/boot/efi/EFI/xen/xen.cfg", "/boot/efi/EFI/BOOT/BOOTX64.cfg"
	const program417 = "/boot/efi/EFI/xen/xen-4.17.efi"
	plain := Loader{Kind: XenEFI, Program: program417, Config: xen, Files: []XenFile{{xen, "xen"}, {copied, "xen"}}}
	debian := maps.Clone(debian12())
	debian["/boot/efi/EFI/debian/shimx64.efi"] = petest.Program(".sbat", "shim,4\n")
	for _, name := range []string{"/boot/efi/EFI/xen/xen-4.17.efi", xen, "/sys/firmware/efi/"} {
		debian[name] = efiXenMachine()[name]
	}
	alone := Loader{Kind: XenEFI, Program: program417, Config: xen, Files: []XenFile{{xen, "xen"}}}
	chained := strings.Replace(grubCfg(""), "multiboot2 /boot/xen-4.17-amd64.gz placeholder\n", "chainloader /EFI/xen/xen-4.17.efi placeholder old\n\tinsmod x\n", 1)
	withOld := Loader{Kind: XenEFI, Program: program417, Config: xen, Files: []XenFile{{xen, "old"}}}
	const more = "/boot/efi/EFI/xen/more.cfg"
	for _, test := range []struct {
		name    string
		machine map[string]string
		more    map[string]string
		want    Loader
	}{
		{"alone", efiXenMachine(), nil, plain},
		{"the firmware starts it", efiXenMachine(), map[string]string{
			efivar("BootOrder"): numbers(3, 1), efivar("Boot0003"): firmwareEntry(false, `\EFI\BOOT\BOOTX64.EFI`, ""), efivar("Boot0001"): firmwareEntry(true, `\EFI\xen\xen-4.17.efi`, ""),
		}, plain},
		{"the firmware starts a section", efiXenMachine(), map[string]string{
			efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, `\EFI\xen\xen-4.17.efi`, "placeholder old"),
		}, Loader{Kind: XenEFI, Program: program417, Config: xen, Files: []XenFile{{xen, "old"}, {copied, "xen"}}}},
		{"the firmware starts a disk", efiXenMachine(), map[string]string{
			efivar("BootOrder"): numbers(7, 0x10, 1), efivar("Boot0007"): firmwareEntry(true, `\EFI\gone.efi`, ""), efivar("Boot0010"): firmwareEntry(true, "", ""),
			efivar("BootCurrent"): numbers(0x10), efivar("Boot0001"): firmwareEntry(true, `\EFI\xen\xen-4.17.efi`, ""),
		}, Loader{Kind: XenEFI, Program: "/boot/efi/EFI/BOOT/BOOTX64.EFI", Config: copied, Files: []XenFile{{copied, "xen"}, {xen, "xen"}}}},
		{"another file", efiXenMachine(), map[string]string{
			efivar("BootOrder"): numbers(2), efivar("Boot0002"): firmwareEntry(true, `\EFI\xen\xen-4.17.efi`, "x -cfg=more.cfg"), more: "[a]\nkernel=v\n",
		}, Loader{Kind: XenEFI, Program: program417, Config: more, Files: []XenFile{{more, ""}, {xen, "xen"}, {copied, "xen"}}}},
		{"a chain", efiXenMachine(), map[string]string{xen: "[global]\ndefault=a\nchain=more.cfg\n[b]\nkernel=v\n", more: "[a]\nkernel=v\n"},
			Loader{Kind: XenEFI, Program: program417, Config: more, Files: []XenFile{{more, "a"}, {xen, "a"}, {copied, "xen"}}}},
		{"a chain to itself", efiXenMachine(), map[string]string{xen: "[global]\ndefault=a\nchain=\\EFI\\xen\\xen.cfg\n[b]\nkernel=v\n"},
			Loader{Kind: XenEFI, Program: program417, Config: xen, Files: []XenFile{{xen, "a"}, {copied, "xen"}}}},
		{"GRUB boots Xen", debian, nil, debianLoader()},
		{"GRUB boots Xen, and the firmware starts GRUB", debian, map[string]string{
			efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, `\EFI\debian\shimx64.efi`, ""),
		}, debianLoader()},
		{"GRUB boots Xen, and the firmware starts xen.efi", debian, map[string]string{
			efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, `\EFI\XEN\XEN-4.17.EFI`, ""), "/boot/efi/EFI/XEN/XEN-4.17.EFI": "",
		}, alone},
		{"GRUB boots Xen, and the firmware tries xen.efi once", debian, map[string]string{
			efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, `\EFI\debian\shimx64.efi`, ""),
			efivar("BootNext"): numbers(2), efivar("Boot0002"): firmwareEntry(true, `\EFI\XEN\XEN-4.17.EFI`, ""), "/boot/efi/EFI/XEN/XEN-4.17.EFI": "",
		}, debianLoader()},
		{"GRUB starts it by default", debian, map[string]string{"/boot/grub/grub.cfg": "set default=0\n" + chained}, withOld},
		{"GRUB boots no Xen", debian, map[string]string{"/boot/grub/grub.cfg": "menuentry 'Debian' {\n\tlinux /vmlinuz\n}\n"},
			Loader{Kind: XenEFI, Program: program417, Config: xen, Files: []XenFile{{xen, "xen"}}, Menu: "/boot/grub/grub.cfg"}},
		{"a unified image alone", openRC(), map[string]string{"/efi/EFI/Linux/linux.efi": petest.Program(".linux", "x"), "/efi/EFI/Linux/xen.efi": petest.Program(".config", "[global]", ".kernel", "")},
			Loader{Kind: XenEFI, Program: "/efi/EFI/Linux/xen.efi", Config: "/efi/EFI/Linux/xen.efi", Unified: true}},
		{"a unified image beside GRUB", debian12(), map[string]string{"/efi/EFI/Linux/xen.efi": petest.Program(".config", "[global]", ".kernel", "")}, debianLoader()},
		{"a unified image", debian, map[string]string{
			efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, `\EFI\Linux\xen.efi`, ""), "/boot/efi/EFI/Linux/xen.efi": petest.Program(".config", "[global]", ".kernel", ""),
		}, Loader{Kind: XenEFI, Program: "/boot/efi/EFI/Linux/xen.efi", Config: "/boot/efi/EFI/Linux/xen.efi", Unified: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, newMachine(t, test.machine, test.more).look(nil).Loader, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func debianLoader() Loader {
	return Loader{Kind: GRUB2, Config: "/boot/grub/grub.cfg", Generated: true, DropIn: true, Generate: []string{"update-grub"}}
}

// TestXenEFI edits the normal sections of every file that xen.efi may read, and reads them back.
func TestXenEFI(t *testing.T) {
	t.Parallel()
	const ours = "xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0)"
	m := newMachine(t, efiXenMachine())
	h := m.look(nil)
	haveFacts(t, h.Conflicts(cards(h), []Name{KernelArgument}), []string{"/boot/efi/EFI/xen/xen.cfg:10 | (0000:00:04.0)", "/boot/efi/EFI/BOOT/BOOTX64.cfg:10 | (0000:00:04.0)"})
	m.mustSet(func(...string) error { return nil }, 2, KernelArgument)
	want := strings.NewReplacer("ro # first", "ro "+ours+" # first", "xen-pciback.hide=(0000:00:04.0)", ours).Replace(xenCfg)
	if diff := cmp.Diff(want, m.read("/boot/efi/EFI/xen/xen.cfg")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want+"# a copy\n", m.read("/boot/efi/EFI/BOOT/BOOTX64.cfg")); diff != "" {
		t.Errorf("the copy (-want +got):\n%s", diff)
	}
	h = m.look(nil)
	reports, wrong := h.Reports(t.Context(), cards(h), []Name{KernelArgument})
	if len(wrong) > 0 || reports[0].Entry != Yes || reports[1].Written[KernelArgument] != Yes {
		t.Errorf("%v, %+v", wrong, reports)
	}
	m.write("/boot/efi/EFI/xen/xen.cfg", want+"[new]\nkernel=vmlinuz-7\n")
	h = m.look(nil)
	if _, wrong := h.Reports(t.Context(), cards(h), []Name{KernelArgument}); len(wrong) == 0 {
		t.Error("a section without the argument is not reported")
	} else {
		haveFacts(t, wrong, []string{"/boot/efi/EFI/xen/xen.cfg has other content", `/boot/efi/EFI/xen/xen.cfg: the entry "new" has no xen-pciback.hide`})
	}
}

// TestXenEFIByHand says what a person has to do where xenpci cannot edit.
func TestXenEFIByHand(t *testing.T) {
	t.Parallel()
	const config = "/boot/efi/EFI/xen/xen.cfg"
	unified := map[string]string{
		efivar("BootOrder"): numbers(1), efivar("Boot0001"): firmwareEntry(true, `\EFI\Linux\xen.efi`, ""), "/boot/efi/EFI/Linux/xen.efi": petest.Program(".config", "[global]", ".kernel", ""),
	}
	for _, test := range []struct {
		name          string
		more          map[string]string
		err, unjudged string
	}{
		{"a unified image", unified, "/boot/efi/EFI/Linux/xen.efi is a unified image | add xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) to the line kernel= | build the image again", "/boot/efi/EFI/Linux/xen.efi is a unified image with Xen | build the image again"},
		{"no newline at the end", map[string]string{config: "[global]\ndefault=a\n[a]\nkernel=v"}, config + ` | the section "a": line 4: the file does not end in a newline | add xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) | ` + config + ":4", ""},
		{"only recovery", map[string]string{config: "[global]\ndefault=rescue\n[rescue]\nkernel=v\n", "/boot/efi/EFI/BOOT/BOOTX64.cfg": ""}, "no section has a kernel", `the section "rescue", which boots by default, is for recovery`},
		{"no default", map[string]string{config: "[global]\ndefault=x\n[a]\nkernel=v\n"}, "", "the section that boots by default has no kernel | name one of these with default=: a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, efiXenMachine(), test.more)
			h := m.look(nil)
			said := ""
			if err := h.takesArgument(cards(h)); err != nil {
				said = err.Error()
			}
			if (said == "") != (test.err == "") {
				t.Errorf("%q, want %q", said, test.err)
			}
			hasFacts(t, said, test.err)
			want := []string{test.unjudged}
			if test.unjudged == "" {
				want = nil
			}
			haveFacts(t, h.Loader.unjudged(m.fs), want)
		})
	}
}

func FuzzParseEFIEntry(f *testing.F) {
	f.Add([]byte(firmwareEntry(true, `\EFI\xen\xen.efi`, "placeholder old")[4:]))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		e, ok := parseEFIEntry(content)
		if !ok && e != (efiEntry{}) || e.File != "" && e.File[0] != '/' {
			t.Errorf("%q: %+v, %v", content, e, ok)
		}
	})
}
