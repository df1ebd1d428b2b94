package fit

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

// reserved is one RMRR: memory that the firmware keeps using through a device, so
// that the device must be able to reach it in any guest.
type reserved struct {
	start, end uint64 // inclusive
	scopes     []scope
}

// scope is the path to a function: a slot and a function on a bus, then a slot and
// a function on the bus behind that, and so on. Bus numbers of bridges may change;
// the path does not.
type scope struct {
	domain uint32
	bus    uint8
	way    []pci.Address // only Slot and Function; not empty
	bridge bool          // everything behind it is meant as well
}

// The layout of the table DMAR: chapter 8 of Intel's "Virtualization Technology
// for Directed I/O". Numbers are little-endian, lengths in bytes.
const (
	dmarHeader  = 48 // the header of all ACPI tables, with the length at 4, and 12 bytes more
	entryHeader = 4  // type, length
	entryRMRR   = 1
	rmrrHeader  = 24 // type, length, 2 reserved, domain, first address at 8, last at 16
	scopeHeader = 6  // type, length, 2 reserved, an id, bus; then pairs of slot and function
	scopeOne    = 1
	scopeBridge = 2
)

var errDMAR = errors.New("not a DMAR table")

// parseDMAR reads the RMRRs out of a table DMAR, whatever its signature. Scopes
// of other kinds than functions and bridges are passed over.
func parseDMAR(table []byte) ([]reserved, error) {
	if len(table) < dmarHeader {
		return nil, fmt.Errorf("%w: %d bytes", errDMAR, len(table))
	}
	length := binary.LittleEndian.Uint32(table[4:])
	if length < dmarHeader || uint64(length) > uint64(len(table)) {
		return nil, fmt.Errorf("%w: its header gives %d bytes, the file has %d", errDMAR, length, len(table))
	}
	var all []reserved
	for rest := table[dmarHeader:length]; len(rest) > 0; {
		if len(rest) < entryHeader {
			return nil, fmt.Errorf("%w: %d bytes at its end", errDMAR, len(rest))
		}
		kind, size := binary.LittleEndian.Uint16(rest), int(binary.LittleEndian.Uint16(rest[2:]))
		if size < entryHeader || size > len(rest) {
			return nil, fmt.Errorf("%w: an entry of %d bytes in %d", errDMAR, size, len(rest))
		}
		if kind == entryRMRR {
			r, err := parseRMRR(rest[:size])
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		rest = rest[size:]
	}
	return all, nil
}

func parseRMRR(entry []byte) (reserved, error) {
	if len(entry) < rmrrHeader {
		return reserved{}, fmt.Errorf("%w: an RMRR of %d bytes", errDMAR, len(entry))
	}
	r := reserved{start: binary.LittleEndian.Uint64(entry[8:]), end: binary.LittleEndian.Uint64(entry[16:])}
	domain := uint32(binary.LittleEndian.Uint16(entry[6:]))
	for rest := entry[rmrrHeader:]; len(rest) > 0; {
		if len(rest) < scopeHeader {
			return reserved{}, fmt.Errorf("%w: %d bytes at the end of an RMRR", errDMAR, len(rest))
		}
		size := int(rest[1])
		if size < scopeHeader+2 || size%2 != 0 || size > len(rest) {
			return reserved{}, fmt.Errorf("%w: a scope of %d bytes in %d", errDMAR, size, len(rest))
		}
		if kind := rest[0]; kind == scopeOne || kind == scopeBridge {
			sc := scope{domain: domain, bus: rest[5], bridge: kind == scopeBridge}
			for at := scopeHeader; at < size; at += 2 {
				sc.way = append(sc.way, pci.Address{Slot: rest[at], Function: rest[at+1]})
			}
			r.scopes = append(r.scopes, sc)
		}
		rest = rest[size:]
	}
	return r, nil
}

// find returns the function at the end of the path, through the buses behind
// bridges as the kernel has numbered them. ok is false where a bridge on the path
// does not exist.
func (sc scope) find(secondary map[pci.Address]uint8) (a pci.Address, ok bool) {
	bus := sc.bus
	for i, step := range sc.way {
		a = pci.Address{Domain: sc.domain, Bus: bus, Slot: step.Slot, Function: step.Function}
		if i == len(sc.way)-1 {
			return a, true
		}
		if bus, ok = secondary[a]; !ok {
			return a, false
		}
	}
	return a, false
}
