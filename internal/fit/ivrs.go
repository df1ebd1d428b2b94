package fit

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

// ivmd is a block of memory that the firmware keeps using through the functions
// from first to last, which are in domain 0: the counterpart of an RMRR.
type ivmd struct {
	start, end  uint64 // inclusive
	first, last uint16 // bus, slot and function, as in a PCI Express requester ID
}

// The layout of the table IVRS: chapter 5 of AMD's "I/O Virtualization Technology
// (IOMMU) Specification". Numbers are little-endian, lengths in bytes.
const (
	ivrsHeader = 48 // the header of all ACPI tables, with the length at 4, and 12 bytes more
	ivrsBlock  = 4  // type, flags, length of 2
	ivmdBlock  = 32 // a function at 4, the last of a range at 6, the first address at 16, the length at 24
	ivmdAll    = 0x20
	ivmdOne    = 0x21
	ivmdRange  = 0x22
)

var errIVRS = errors.New("not an IVRS table")

// parseIVRS reads the blocks of memory out of a table IVRS. Blocks of other kinds,
// those of the IOMMUs, are passed over.
func parseIVRS(table []byte) ([]ivmd, error) {
	if len(table) < ivrsHeader {
		return nil, fmt.Errorf("%w: %d bytes", errIVRS, len(table))
	}
	length := binary.LittleEndian.Uint32(table[4:])
	if length < ivrsHeader || uint64(length) > uint64(len(table)) {
		return nil, fmt.Errorf("%w: its header gives %d bytes, the file has %d", errIVRS, length, len(table))
	}
	var all []ivmd
	for rest := table[ivrsHeader:length]; len(rest) > 0; {
		if len(rest) < ivrsBlock {
			return nil, fmt.Errorf("%w: %d bytes at its end", errIVRS, len(rest))
		}
		size := int(binary.LittleEndian.Uint16(rest[2:]))
		if size < ivrsBlock || size > len(rest) {
			return nil, fmt.Errorf("%w: a block of %d bytes in %d", errIVRS, size, len(rest))
		}
		switch kind := rest[0]; kind {
		case ivmdAll, ivmdOne, ivmdRange:
			m, err := parseIVMD(kind, rest[:size])
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
		rest = rest[size:]
	}
	return all, nil
}

func parseIVMD(kind byte, block []byte) (ivmd, error) {
	if len(block) < ivmdBlock {
		return ivmd{}, fmt.Errorf("%w: an IVMD of %d bytes", errIVRS, len(block))
	}
	start, size := binary.LittleEndian.Uint64(block[16:]), binary.LittleEndian.Uint64(block[24:])
	if size == 0 || start+size-1 < start {
		return ivmd{}, fmt.Errorf("%w: an IVMD of %#x bytes at %#x", errIVRS, size, start)
	}
	m := ivmd{start: start, end: start + size - 1}
	switch first := binary.LittleEndian.Uint16(block[4:]); kind {
	case ivmdAll:
		m.last = 0xffff
	case ivmdOne:
		m.first, m.last = first, first
	case ivmdRange:
		m.first, m.last = first, binary.LittleEndian.Uint16(block[6:])
	}
	return m, nil
}

// of reports whether the memory is reserved for a function.
func (m ivmd) of(a pci.Address) bool {
	id := uint16(a.Bus)<<8 | uint16(a.Slot)<<3 | uint16(a.Function)
	return a.Domain == 0 && m.first <= id && id <= m.last
}
