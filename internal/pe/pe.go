// Package pe reads which sections a program for EFI has. Such a program has the format PE
// (Microsoft's PE Format, and UEFI 2.10, section 2.1.1).
package pe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// Section is a part of a program.
type Section struct {
	Name    string
	Offset  uint32 // in the file, in bytes
	Size    uint32 // in the file, in bytes
	Address uint64 // where the program is linked to find it
	Memory  uint32 // how much room it takes there, in bytes; more than Size where it ends in zeros
}

// Read returns the beginning of the section, at most limit bytes, or nothing.
func (s Section) Read(file io.ReaderAt, limit uint32) []byte {
	content := make([]byte, min(s.Size, limit))
	n, _ := file.ReadAt(content, int64(s.Offset))
	return content[:n]
}

// maxSections is the largest number of sections that Linux and EDK II take in an image.
const maxSections = 96

const (
	headerAt  = 0x3c  // where the offset of the header is
	fixed     = 24    // bytes of the signature and the header, before the optional header
	plus      = 0x20b // the optional header's magic number in 64-bit programs
	baseAt    = 24    // where ImageBase is in it
	entrySize = 40    // bytes of a section's header
)

// Sections returns the sections of a program; none if the file has another format. The
// error is that of reading the file.
func Sections(file io.ReaderAt) ([]Section, error) {
	dos, err := read(file, 0, headerAt+4)
	if err != nil || dos == nil || dos[0] != 'M' || dos[1] != 'Z' {
		return nil, err
	}
	at := int64(binary.LittleEndian.Uint32(dos[headerAt:]))
	header, err := read(file, at, fixed)
	if err != nil || header == nil || !bytes.HasPrefix(header, []byte("PE\x00\x00")) {
		return nil, err
	}
	base, err := imageBase(file, at+fixed)
	if err != nil {
		return nil, err
	}
	count := min(int(binary.LittleEndian.Uint16(header[6:])), maxSections)
	at += fixed + int64(binary.LittleEndian.Uint16(header[20:]))
	sections := make([]Section, 0, count)
	for i := range count {
		b, err := read(file, at+int64(i*entrySize), entrySize)
		if err != nil || b == nil {
			return sections, err
		}
		name, _, _ := strings.Cut(string(b[:8]), "\x00")
		number := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
		sections = append(sections, Section{Name: name, Memory: number(8), Address: base + uint64(number(12)), Size: number(16), Offset: number(20)})
	}
	return sections, nil
}

// imageBase returns the address at which a 64-bit program is linked; 0 of another.
func imageBase(file io.ReaderAt, at int64) (uint64, error) {
	optional, err := read(file, at, baseAt+8)
	if err != nil || optional == nil || binary.LittleEndian.Uint16(optional) != plus {
		return 0, err
	}
	return binary.LittleEndian.Uint64(optional[baseAt:]), nil
}

// read returns nil where the file ends before.
func read(file io.ReaderAt, at int64, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := file.ReadAt(b, at)
	switch {
	case got == n:
		return b, nil
	case errors.Is(err, io.EOF):
		return nil, nil
	}
	return nil, err
}
