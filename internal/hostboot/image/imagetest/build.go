// Package imagetest writes images of the hypervisor, kernels and modules for tests: tables of
// options in the layout of real ones, and nothing that runs.
package imagetest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"

	"github.com/xenpci/xenpci/internal/hostboot/image"
)

// Format is how an image of the hypervisor is written.
type Format struct {
	Name     string
	header   func(size int) []byte // what stands before the segment, whose size is given
	base     uint64                // where the segment is linked
	distance uint64                // what is added to that in pointers
	entry    entry
}

// entry is how an entry of the table lies in memory.
type entry struct {
	size, kind, room, variable int // bytes of the entry, and the offsets in it
	types                      []image.Type
}

// Formats returns those of all releases and files, that of today's xen.gz first.
func Formats() []Format {
	today := entry{24, 8, 12, 16, []image.Type{image.String, image.Unsigned, image.Bool, image.Size, image.Custom, image.Ignored}}
	former := entry{32, 8, 24, 16, []image.Type{image.String, image.Unsigned, image.Bool, image.Inverted, image.Size, image.Custom}}
	return []Format{
		{"xen.gz", header32, 0x200000, 0xffff82d040000000, today},
		{"xen.gz before 4.8", header32, 0x200000, 0xffff82d080000000, former},
		{"xen-syms", header64, 0xffff82d040200000, 0, today},
		{"xen.efi", headerPE, 0xffff82d040000000 + 0x1000, 0, today},
	}
}

func words(b []byte, at int, values ...uint32) {
	for i, v := range values {
		binary.LittleEndian.PutUint32(b[at+4*i:], v)
	}
}

func header32(size int) []byte {
	h := make([]byte, 0x80)
	copy(h, "\x7fELF\x01\x01")
	words(h, 28, 52)       // e_phoff
	words(h, 42, 32|1<<16) // e_phentsize, e_phnum
	words(h, 52, 1, 0x80, 0x200000, 0x200000, uint32(size), uint32(size)+0x1000)
	return h
}

func header64(size int) []byte {
	h := make([]byte, 0x80)
	copy(h, "\x7fELF\x02\x01")
	binary.LittleEndian.PutUint64(h[32:], 64)
	words(h, 54, 56|1<<16)
	words(h, 64, 1)
	for at, v := range map[int]uint64{72: 0x80, 80: 0xffff82d040200000, 96: uint64(size), 104: uint64(size) + 0x1000} {
		binary.LittleEndian.PutUint64(h[at:], v)
	}
	return h
}

func headerPE(size int) []byte {
	h := make([]byte, 0x200)
	copy(h, "MZ")
	words(h, 0x3c, 0x40)
	copy(h[0x40:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(h[0x46:], 1)    // sections
	binary.LittleEndian.PutUint16(h[0x54:], 0x70) // bytes of the optional header
	binary.LittleEndian.PutUint16(h[0x58:], 0x20b)
	binary.LittleEndian.PutUint64(h[0x58+24:], 0xffff82d040000000)
	section := h[0x58+0x70:]
	copy(section, ".rodata")
	words(section, 8, uint32(size)+0x1000, 0x1000, uint32(size), 0x200)
	return h
}

// Build returns an image with these options, between other data.
func (f Format) Build(options []image.Option) []byte {
	base := f.base
	names := []byte("\x00something else\x00")
	at := make([]uint64, len(options))
	for i, o := range options {
		at[i] = base + uint64(len(names))
		names = append(names, o.Name+"\x00"...)
	}
	segment := names
	for len(segment)%8 != 0 {
		segment = append(segment, 0)
	}
	segment = append(segment, bytes.Repeat([]byte{0xff}, 64)...) // no entry
	for i, o := range options {
		e := make([]byte, f.entry.size)
		binary.LittleEndian.PutUint64(e, at[i]+f.distance)
		for kind, t := range f.entry.types {
			if t == o.Type {
				words(e, f.entry.kind, uint32(kind))
			}
		}
		words(e, f.entry.room, uint32(o.Room))
		binary.LittleEndian.PutUint64(e[f.entry.variable:], base+f.distance+0x10)
		segment = append(segment, e...)
	}
	segment = append(segment, bytes.Repeat([]byte{0xff}, 64)...)
	return append(f.header(len(segment)), segment...)
}

// Build returns a xen.gz of a release that takes these options.
func Build(options []image.Option, release string) []byte {
	config := Pack([]byte("#\n# Automatically generated file; DO NOT EDIT.\n# Xen/x86 " + release + " Configuration\n#\nCONFIG_X86_64=y\n"))
	return Pack(append(Formats()[0].Build(options), config...))
}

// Pack compresses with gzip.
func Pack(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(content) // memory takes everything
	_ = w.Close()
	return b.Bytes()
}
