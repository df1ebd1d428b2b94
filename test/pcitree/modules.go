package pcitree

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// WriteModules makes /lib/modules/RELEASE and /etc/modprobe.d below root: some
// hundred modules that claim the devices of Write by patterns of every form,
// and depmod's indexes of them. It needs depmod of kmod.
func WriteModules(root, release string, seed uint64) error {
	m := &modules{Rand: rand.New(rand.NewPCG(seed, 3)), dir: filepath.Join(root, "lib/modules", release)}
	if err := m.write(); err != nil {
		return err
	}
	if out, err := exec.Command("depmod", "-b", root, release).CombinedOutput(); err != nil {
		return fmt.Errorf("depmod: %w: %s", err, out)
	}
	dir := filepath.Join(root, "etc/modprobe.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "site.conf"), []byte(m.configuration()), 0o644)
}

type modules struct {
	*rand.Rand
	dir  string
	next int // gives each module a name of its own
}

// Numbers of modules, and of aliases that one may have.
const (
	loadable    = 200
	builtIn     = 40
	mostAliases = 6
)

func (m *modules) write() error {
	var order, built []string
	var modinfo bytes.Buffer
	for range loadable {
		name, file := m.name()
		if m.IntN(3) > 0 { // depmod puts the others behind
			order = append(order, file)
		}
		if err := os.MkdirAll(filepath.Join(m.dir, filepath.Dir(file)), 0o755); err != nil {
			return err
		}
		var info bytes.Buffer
		for range m.IntN(mostAliases) {
			info.WriteString("alias=" + m.pattern() + "\x00")
		}
		info.WriteString("name=" + name + "\x00")
		if err := os.WriteFile(filepath.Join(m.dir, file), object(info.Bytes()), 0o644); err != nil {
			return err
		}
	}
	for range builtIn {
		name, file := m.name()
		built = append(built, file)
		for range m.IntN(mostAliases) {
			fmt.Fprintf(&modinfo, "%s.alias=%s\x00", name, m.pattern())
		}
	}
	m.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for name, content := range map[string]string{
		"modules.order":           strings.Join(order, "\n") + "\n",
		"modules.builtin":         strings.Join(built, "\n") + "\n",
		"modules.builtin.modinfo": modinfo.String(),
	} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// name draws a module, as the kernel calls it and as its file is called.
func (m *modules) name() (name, file string) {
	m.next++
	word := []string{"net", "snd-hda", "e1000", "usb_storage", "a-b_c", "3c59x"}[m.IntN(6)]
	name = fmt.Sprintf("%s%s%d", word, []string{"", "-", "_"}[m.IntN(3)], m.next)
	return strings.ReplaceAll(name, "-", "_"), fmt.Sprintf("kernel/drivers/%c/%s.ko", 'a'+m.IntN(3), name)
}

// pattern draws what a module claims: mostly by vendor and device, as most
// modules do, or by class; some of other buses.
func (m *modules) pattern() string {
	pattern := "pci:"
	for _, part := range []struct {
		name  string
		width int
		most  int
		given int // of 100 patterns that say it
	}{{"v", 8, someVendors, 97}, {"d", 8, someDevices, 94}, {"sv", 8, someVendors, 10}, {"sd", 8, someDevices, 10}} {
		number := m.IntN(part.most)
		if part.name[len(part.name)-1] == 'v' {
			number += firstVendor
		}
		pattern += part.name + m.glob(fmt.Sprintf("%0*X", part.width, number), part.given)
	}
	base, sub := someBases[m.IntN(len(someBases))], someSubs[m.IntN(len(someSubs))]
	pattern += "bc" + m.glob(fmt.Sprintf("%02X", base), 40) + "sc" + m.glob(fmt.Sprintf("%02X", sub), 20) + "i*"
	switch m.IntN(400) {
	case 0, 1, 2, 3:
		return "usb:v1D6Bp0002d*dc*dsc*dp*ic*isc*ip*in*"
	case 4:
		return "*"
	case 5:
		return "pci:*"
	default:
		return pattern
	}
}

// glob makes a number into a pattern that matches it, or into "*".
func (m *modules) glob(number string, given int) string {
	if m.IntN(100) >= given {
		return "*"
	}
	last := len(number) - 1
	switch m.IntN(30) {
	case 0:
		return number[:last] + "?"
	case 1:
		return number[:last] + "[0-4]"
	case 2:
		return number[:last] + "[1357]"
	case 3:
		return number[:2] + "*" + number[last:]
	default:
		return number
	}
}

// configuration is the administrator's word: it goes before what modules claim.
func (m *modules) configuration() string {
	var text strings.Builder
	text.WriteString("# site\nblacklist net_1\noptions e1000 debug=1\n")
	for n := range 12 {
		fmt.Fprintf(&text, "alias pci:v%08Xd%08Xsv*sd*bc*sc*i* site-module%d\n", firstVendor+m.IntN(someVendors), m.IntN(someDevices), n/2)
	}
	return text.String()
}

// object is the smallest module that depmod reads: an object file of one
// section.
func object(modinfo []byte) []byte {
	names := []byte("\x00.modinfo\x00.shstrtab\x00")
	const header, section = 64, 64 // bytes, of ELF64
	var file bytes.Buffer
	put := func(data any) { _ = binary.Write(&file, binary.LittleEndian, data) } // a Buffer takes everything
	put(elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: header, Ehsize: header, Shentsize: section, Shnum: 3, Shstrndx: 2,
	})
	put(elf.Section64{})
	content := uint64(header + 3*section)
	put(elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: content, Size: uint64(len(modinfo)), Addralign: 1})
	put(elf.Section64{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: content + uint64(len(modinfo)), Size: uint64(len(names)), Addralign: 1})
	put(modinfo)
	put(names)
	return file.Bytes()
}
