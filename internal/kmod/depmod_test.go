package kmod

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loadable and builtIn are a small kernel, in the order of modules.order and of
// modules.builtin.modinfo: "MODULE PATTERN...".
var (
	loadableModules = []string{
		"any-ethernet pci:v*d*sv*sd*bc02sc00i*",
		"igb pci:v00008086d00001521sv*sd*bc*sc*i* pci:v00008086d00001533sv*sd*bc*sc*i*",
		"intel-net pci:v00008086d*sv*sd*bc02sc00i*",
		"igb-set pci:v00008086d0000152[0-2]sv*sd*bc*sc*i* pci:v00008086d0000153?sv*sd*bc*sc*i*",
		"3c59x pci:v000010B7d00009055sv*sd*bc*sc*i* pci:v000010B7d00009055sv*sd*bc02sc*i* pci:v000010B7d00009055sv000010B7sd00009055bc*sc*i*",
		"usbnet usb:v0B95p1790d*dc*dsc*dp*ic*isc*ip*in*",
	}
	builtInModules = []string{
		"ahci pci:v*d*sv*sd*bc01sc06i01*",
		"ata-generic pci:v*d*sv*sd*bc01sc*i*",
		"pata-z pci:v00008086d00002922sv*sd*bc*sc*i*",
		"pata-a pci:v00008086d00002922sv*sd*bc*sc*i*",
		"pata-exact pci:v00008086d00002922sv00001028sd00000001bc01sc06i01",
		"xhci-pci pci:v*d*sv*sd*bc0Csc03i30*",
	}
	smallDevices = []string{
		"pci:v00008086d00001521sv00001028sd00000001bc02sc00i00",
		"pci:v00008086d00001533sv00001028sd00000001bc02sc00i00",
		"pci:v00008086d00001522sv00001028sd00000001bc03sc00i00",
		"pci:v000010B7d00009055sv000010B7sd00009055bc02sc00i00",
		"pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00",
		"pci:v00008086d00002922sv00001028sd00000001bc01sc06i01",
		"pci:v00001022d00007901sv00001028sd00000001bc01sc06i01",
		"pci:v00001033d00000194sv00001033sd00000001bc0Csc03i30",
	}
)

// TestParitySmall wants the same of modprobe, of the text and of the indexes
// that depmod makes of a small kernel, which has what a real one lacks: sets,
// and built-in modules that claim the same device.
func TestParitySmall(t *testing.T) {
	kernel := smallKernel(t)
	agreeWithText(t, kernel, smallDevices)
	if claimed := agreeWithModprobe(t, kernel, smallDevices); claimed < len(smallDevices) {
		t.Errorf("modprobe named only %d modules: it does not read these indexes", claimed)
	}
	stranger := "pci:v00001234d00001111sv00001AF4sd00001100bc03sc00i00"
	if modules := aliasesOf(t, kernel).Modules(stranger); modules != nil {
		t.Errorf("%s: %q; nothing claims it", stranger, modules)
	}
}

// TestParityAdministrator holds the alias lines of modprobe.d to modprobe.
func TestParityAdministrator(t *testing.T) {
	kernel := smallKernel(t)
	modprobe := program(t, "modprobe")
	const etc = "/etc/modprobe.d"
	for name, text := range map[string]string{
		"20-second.conf": "alias pci:v00008086d*sv*sd*bc02sc*i* second\n",
		"10-first.conf": "# alias pci:* comment\n\talias  pci:v00008086d00001521sv*sd*bc*sc*i*\tmy-igb  and more\n" +
			"alias pci:v00008086d0000153[0-9]sv*\\\nsd*bc*sc*i* \\\n  continued\nalias pci:v000010B7* 3com\\-back\n" +
			"blacklist igb\noptions igb alias=1\nalias short\naliases pci:* no\n",
		"15-broken.conf": "alias pci:v[* set\nalias pci:* mod]ule\nalias pci:v00001AF4d00001000sv*sd*bc*sc*i* last-line",
		".hidden.conf":   "alias pci:* hidden\n",
		"readme.txt":     "alias pci:* readme\n",
	} {
		put(t, kernel.fsys.Path(etc+"/"+name), text)
	}
	aliases, err := kernel.Aliases()
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range smallDevices {
		resolve := exec.Command(modprobe, "-C", kernel.fsys.Path(etc), "-d", kernel.fsys.Path("/"), "-S", kernel.Release, "-R", device)
		out, err := resolve.Output()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Fields(string(out)), aliases.Modules(device)); diff != "" {
			t.Errorf("%s: -modprobe +ours\n%s", device, diff)
		}
	}
}

// TestDepmodReplaces has depmod write new indexes while the old ones are mapped:
// were they rewritten in place, a shorter one would end this process.
func TestDepmodReplaces(t *testing.T) {
	kernel := smallKernel(t)
	old := aliasesOf(t, kernel)
	ethernet, storage := smallDevices[0], smallDevices[5]
	before := [][]string{old.Modules(ethernet), old.Modules(storage)}
	makeKernel(t, kernel.fsys.Path("/"), loadableModules[4:], builtInModules[:1])
	if diff := cmp.Diff(before, [][]string{old.Modules(ethernet), old.Modules(storage)}); diff != "" {
		t.Errorf("the old index changed: -before +after\n%s", diff)
	}
	now := aliasesOf(t, kernel)
	if diff := cmp.Diff([][]string{nil, {"ahci"}}, [][]string{now.Modules(ethernet), now.Modules(storage)}); diff != "" {
		t.Errorf("the new index: -want +got\n%s", diff)
	}
}

// smallKernel is a kernel whose indexes depmod makes here and now.
func smallKernel(t *testing.T) Kernel {
	t.Helper()
	root := t.TempDir()
	makeKernel(t, root, loadableModules, builtInModules)
	return kernelBelow(t, root, release)
}

func makeKernel(t *testing.T, root string, loadable, builtIn []string) {
	t.Helper()
	depmod := program(t, "depmod")
	dir := filepath.Join(root, "lib/modules", release)
	if err := os.RemoveAll(filepath.Join(dir, "kernel")); err != nil {
		t.Fatal(err)
	}
	var order, modinfo strings.Builder
	for _, module := range loadable {
		words := strings.Fields(module)
		file := "kernel/" + words[0] + ".ko"
		order.WriteString(file + "\n")
		put(t, filepath.Join(dir, file), string(moduleFile(t, words[1:])))
	}
	for _, module := range builtIn {
		words := strings.Fields(module)
		for _, pattern := range words[1:] {
			modinfo.WriteString(words[0] + ".license=GPL\x00" + words[0] + ".alias=" + pattern + "\x00")
		}
	}
	put(t, filepath.Join(dir, "modules.order"), order.String())
	put(t, filepath.Join(dir, "modules.builtin"), "")
	put(t, filepath.Join(dir, "modules.builtin.modinfo"), modinfo.String())
	if out, err := exec.Command(depmod, "-b", root, release).CombinedOutput(); err != nil {
		t.Fatalf("depmod: %v\n%s", err, out)
	}
}

// moduleFile is as little of a module as depmod reads: an object file with the
// section .modinfo.
func moduleFile(t *testing.T, patterns []string) []byte {
	t.Helper()
	const names = "\x00.modinfo\x00.shstrtab\x00.symtab\x00.strtab\x00"
	modinfo := "license=GPL\x00"
	for _, pattern := range patterns {
		modinfo += "alias=" + pattern + "\x00"
	}
	contents := []struct {
		name, content string
		kind          elf.SectionType
	}{
		{".modinfo", modinfo, elf.SHT_PROGBITS},
		{".shstrtab", names, elf.SHT_STRTAB},
		{".symtab", string(make([]byte, elf.Sym64Size)), elf.SHT_SYMTAB},
		{".strtab", "\x00", elf.SHT_STRTAB},
	}
	const headerSize, sectionSize = 64, 64
	sections := []elf.Section64{{}}
	var body bytes.Buffer
	for _, c := range contents {
		sections = append(sections, elf.Section64{
			Name: uint32(strings.Index(names, c.name)), Type: uint32(c.kind), Addralign: 1,
			Off: uint64(headerSize + body.Len()), Size: uint64(len(c.content)),
		})
		body.WriteString(c.content)
	}
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Ehsize: headerSize, Shentsize: sectionSize, Shnum: uint16(len(sections)), Shstrndx: 2,
		Shoff: uint64(headerSize + body.Len()),
	}
	var file bytes.Buffer
	for _, part := range []any{header, body.Bytes(), sections} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

// program is the path of a program of kmod.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: apt install kmod)", name)
	}
	return path
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
