// Package petest writes programs for EFI for tests, of which only the sections can be read.
package petest

import "encoding/binary"

// Program returns a program with these sections: a name and the content of each.
func Program(sections ...string) string {
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
