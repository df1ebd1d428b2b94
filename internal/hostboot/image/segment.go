package image

import (
	"bytes"
	"encoding/binary"

	"github.com/xenpci/xenpci/internal/pe"
)

// segment is a part of the image that is loaded into memory.
type segment struct {
	address uint64 // where, by the image's own headers
	memory  uint64 // how many bytes it takes there
	content []byte // what the file has of it
}

// kind is how the addresses in the pointers of an image go with those of its headers.
type kind int

const (
	linked  kind = iota // they are the same: xen-syms and xen.efi
	shifted             // by a distance that is to be found: xen.gz, an ELF32 made by mkelf32
)

// maxSegments is how many segments are looked at. Xen's images have one to some ten.
const maxSegments = 96

// segments returns the parts of an image; none if the file has another format.
func segments(data []byte) (parts []segment, k kind) {
	switch {
	case bytes.HasPrefix(data, []byte("\x7fELF\x01\x01")):
		return elf32(data), shifted
	case bytes.HasPrefix(data, []byte("\x7fELF\x02\x01")):
		return elf64(data), linked
	case bytes.HasPrefix(data, []byte("MZ")):
		return efi(data), linked
	}
	return nil, linked
}

const loaded = 1 // PT_LOAD

// elf32 reads the program headers of an ELF file with 32-bit addresses (elf(5)).
func elf32(data []byte) (parts []segment) {
	const headers, size, count, least = 28, 42, 44, 52
	if len(data) < least {
		return nil
	}
	le := binary.LittleEndian
	step, n := int(le.Uint16(data[size:])), min(int(le.Uint16(data[count:])), maxSegments)
	for i := range n {
		h := from(data, uint64(le.Uint32(data[headers:]))+uint64(i*step))
		if len(h) < 32 || le.Uint32(h) != loaded {
			continue
		}
		parts = append(parts, segment{uint64(le.Uint32(h[8:])), uint64(le.Uint32(h[20:])), part(data, uint64(le.Uint32(h[4:])), uint64(le.Uint32(h[16:])))})
	}
	return parts
}

// elf64 reads those of one with 64-bit addresses.
func elf64(data []byte) (parts []segment) {
	const headers, size, count, least = 32, 54, 56, 64
	if len(data) < least {
		return nil
	}
	le := binary.LittleEndian
	step, n := int(le.Uint16(data[size:])), min(int(le.Uint16(data[count:])), maxSegments)
	for i := range n {
		h := from(data, le.Uint64(data[headers:])+uint64(i*step))
		if len(h) < 56 || le.Uint32(h) != loaded {
			continue
		}
		parts = append(parts, segment{le.Uint64(h[16:]), le.Uint64(h[40:]), part(data, le.Uint64(h[8:]), le.Uint64(h[32:]))})
	}
	return parts
}

// efi reads the sections of a program for EFI. What a unified image has beside Xen in
// sections of their own (a kernel, an initramfs) is left out.
func efi(data []byte) (parts []segment) {
	sections, _ := pe.Sections(bytes.NewReader(data)) // reading memory does not fail
	for _, s := range sections {
		switch s.Name {
		case ".kernel", ".ramdisk", ".config", ".ucode", ".xsm":
			continue
		}
		size := min(s.Size, s.Memory)
		if s.Memory == 0 {
			size = s.Size
		}
		parts = append(parts, segment{s.Address, uint64(s.Memory), part(data, uint64(s.Offset), uint64(size))})
	}
	return parts
}

// from returns data from an offset on; nil behind its end.
func from(data []byte, at uint64) []byte {
	if at >= uint64(len(data)) {
		return nil
	}
	return data[at:]
}

// part returns size bytes of data from an offset on, or as many as there are.
func part(data []byte, at, size uint64) []byte {
	rest := from(data, at)
	return rest[:min(size, uint64(len(rest)))]
}
