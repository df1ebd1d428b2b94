package imagetest

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot/image"
)

const (
	kernelBase = 0xffffffff81000000
	elfHeader  = 64
)

// BuildKernel returns a bzImage of a kernel that takes these parameters.
func BuildKernel(parameters []image.Parameter) []byte {
	elf := Pack(Vmlinux(parameters))
	setup := make([]byte, 2*512)
	copy(setup[0x202:], "HdrS")
	setup[0x1f1] = 1
	binary.LittleEndian.PutUint32(setup[0x24c:], uint32(len(elf)))
	return append(setup, elf...)
}

// Vmlinux returns what BuildKernel compresses.
func Vmlinux(parameters []image.Parameter) []byte {
	le := binary.LittleEndian
	content := []byte{0}
	names := make([]uint64, len(parameters))
	for i, p := range parameters {
		names[i] = kernelBase + uint64(len(content))
		name := p.Name
		if p.Value {
			name += "="
		}
		content = append(content, name+"\x00"...)
	}
	aligned := func() { content = append(content, bytes.Repeat([]byte{0xff}, 64-len(content)%8)...) }
	aligned()
	for i, p := range parameters {
		if p.Source == image.Param {
			continue
		}
		content = le.AppendUint64(le.AppendUint64(content, names[i]), kernelBase)
		early := uint64(0)
		if p.Source == image.Early {
			early = 1
		}
		content = le.AppendUint64(content, early)
	}
	aligned()
	at := len(content)
	for i, p := range parameters {
		if p.Source == image.Param {
			content = append(le.AppendUint64(content, names[i]), content[:32]...)
		}
	}
	return elf64(content, "__param", at, len(content)-at)
}

// BuildModule returns a module with these entries in its section .modinfo.
func BuildModule(modinfo ...string) []byte {
	text := strings.Join(modinfo, "\x00") + "\x00"
	return elf64([]byte(text), ".modinfo", 0, len(text))
}

// elf64 returns an ELF file with one segment, of which a part is a section.
func elf64(content []byte, section string, at, size int) []byte {
	const segmentHeader, sectionHeader = 56, 64
	le := binary.LittleEndian
	begin := elfHeader + segmentHeader
	h := make([]byte, begin)
	copy(h, "\x7fELF\x02\x01")
	names := "\x00" + section + "\x00.shstrtab\x00"
	sections := begin + len(content) + len(names)
	le.PutUint64(h[32:], elfHeader)
	le.PutUint64(h[40:], uint64(sections))
	le.PutUint16(h[54:], segmentHeader)
	le.PutUint16(h[56:], 1)
	le.PutUint16(h[58:], sectionHeader)
	le.PutUint16(h[60:], 3)
	le.PutUint16(h[62:], 2)
	s := h[elfHeader:]
	le.PutUint32(s, 1)
	for offset, v := range map[int]int{8: begin, 32: len(content), 40: len(content)} {
		le.PutUint64(s[offset:], uint64(v))
	}
	le.PutUint64(s[16:], kernelBase)
	file := append(append(h, content...), names...)
	file = append(file, make([]byte, sectionHeader)...)
	for _, one := range []struct{ name, at, size int }{{1, begin + at, size}, {len(section) + 2, begin + len(content), len(names)}} {
		e := make([]byte, sectionHeader)
		le.PutUint32(e, uint32(one.name))
		le.PutUint64(e[24:], uint64(one.at))
		le.PutUint64(e[32:], uint64(one.size))
		file = append(file, e...)
	}
	return file
}
