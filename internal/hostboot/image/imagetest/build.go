// Package imagetest writes images of the hypervisor for tests: a table of options in the layout
// of a real one, and nothing that runs.
package imagetest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"

	"github.com/xenpci/xenpci/internal/hostboot/image"
)

const (
	base     = 0x200000           // where the segment is loaded
	distance = 0xffff82d040000000 // what pointers have more
	header   = 0x80               // bytes before the segment
	entry    = 24                 // bytes of an entry of the table
)

// kinds are the types in the order of their numbers, since Xen 4.12.
var kinds = [...]image.Type{image.String, image.Unsigned, image.Bool, image.Size, image.Custom, image.Ignored}

// Build returns a xen.gz of a release that takes these options.
func Build(options []image.Option, release string) []byte {
	le := binary.LittleEndian
	segment := []byte{0}
	names := make([]uint64, len(options))
	for i, o := range options {
		names[i] = base + uint64(len(segment)) + distance
		segment = append(segment, o.Name+"\x00"...)
	}
	segment = append(segment, bytes.Repeat([]byte{0xff}, 64+8-len(segment)%8)...)
	for i, o := range options {
		e := make([]byte, entry)
		le.PutUint64(e, names[i])
		for number, kind := range kinds {
			if kind == o.Type {
				le.PutUint32(e[8:], uint32(number))
			}
		}
		le.PutUint32(e[12:], uint32(o.Room))
		le.PutUint64(e[16:], base+distance)
		segment = append(segment, e...)
	}
	segment = append(segment, bytes.Repeat([]byte{0xff}, 64)...)

	h := make([]byte, header)
	copy(h, "\x7fELF\x01\x01")
	for at, v := range map[int]uint32{28: 52, 42: 32 | 1<<16, 52: 1, 56: header, 60: base, 64: base, 68: uint32(len(segment)), 72: uint32(len(segment))} {
		le.PutUint32(h[at:], v)
	}
	config := pack([]byte("#\n# Automatically generated file; DO NOT EDIT.\n# Xen/x86 " + release + " Configuration\n#\n"))
	return pack(append(append(h, segment...), config...))
}

func pack(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(content) // memory takes everything
	_ = w.Close()
	return b.Bytes()
}
