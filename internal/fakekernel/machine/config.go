package machine

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Flags of enum IORESOURCE (include/linux/ioport.h), as resource shows them.
const (
	flagIO        = 0x40101
	flagMemory    = 0x40200
	flagMemory64  = 0x140204
	flagPrefetch  = 0x14220c
	flagROM       = 0x46200
	indexROM      = 6
	linesDevice   = 13 // with the six of SR-IOV
	linesBridge   = 17 // with the four windows of a bridge
	capabilityPM  = 0x40
	capabilityPCI = 0x60
)

func io(index int, start, size uint64) BAR       { return BAR{index, start, size, flagIO} }
func memory(index int, start, size uint64) BAR   { return BAR{index, start, size, flagMemory} }
func memory64(index int, start, size uint64) BAR { return BAR{index, start, size, flagMemory64} }
func prefetch(index int, start, size uint64) BAR { return BAR{index, start, size, flagPrefetch} }
func rom(start, size uint64) BAR                 { return BAR{indexROM, start, size, flagROM} }

// resource returns the content of the file resource: start, end and flags, by index.
func (d Device) resource() string {
	lines := make([]string, linesDevice)
	if d.Header != 0 {
		lines = make([]string, linesBridge)
	}
	for i := range lines {
		lines[i] = fmt.Sprintf("0x%016x 0x%016x 0x%016x\n", 0, 0, 0)
	}
	for _, bar := range d.BARs {
		lines[bar.Index] = fmt.Sprintf("0x%016x 0x%016x 0x%016x\n", bar.Start, bar.Start+bar.Size-1, bar.Flags)
	}
	return strings.Join(lines, "")
}

// config returns the configuration space: 256 bytes with capabilities for PCI Express, and 64
// otherwise. A VF's IDs are ffff there.
func (d Device) config() []byte {
	space := make([]byte, 64)
	if d.Express {
		space = make([]byte, 256)
	}
	word := binary.LittleEndian.PutUint16
	vendor, product := ids(d.ID)
	if d.PF != "" {
		vendor, product = 0xffff, 0xffff
	}
	word(space[0x00:], vendor)
	word(space[0x02:], product)
	if d.Driver != "" && d.PF == "" {
		word(space[0x04:], 0x0007) // I/O, memory, bus master
	}
	space[0x08] = d.Revision
	space[0x09], space[0x0a], space[0x0b] = byte(d.Class), byte(d.Class>>8), byte(d.Class>>16)
	space[0x0e] = d.Header
	if d.Several {
		space[0x0e] |= 0x80
	}
	if d.Header != 0 {
		_, space[0x18] = d.location()
		space[0x19], space[0x1a] = d.Buses[0], d.Buses[1]
	}
	subvendor, subproduct := ids(d.Subsystem)
	switch d.Header {
	case 0:
		word(space[0x2c:], subvendor)
		word(space[0x2e:], subproduct)
	case 2:
		space = append(space, make([]byte, 64)...)
		word(space[0x40:], subvendor)
		word(space[0x42:], subproduct)
	}
	d.putBARs(space)
	space[0x3c] = byte(d.IRQ)
	if d.IRQ != 0 {
		space[0x3d] = 1
	}
	if d.Express {
		d.putCapabilities(space)
	}
	if d.Serial != 0 {
		space = append(space, make([]byte, 16)...)
		binary.LittleEndian.PutUint32(space[0x100:], 0x00010003) // version 1, the last of the list
		binary.LittleEndian.PutUint64(space[0x104:], d.Serial)
	}
	return space
}

func (d Device) putBARs(space []byte) {
	for _, bar := range d.BARs {
		at := 0x10 + 4*bar.Index
		value := uint32(bar.Start)
		switch {
		case bar.Index == indexROM:
			at = 0x30
		case bar.Index > 5:
			continue
		case bar.Flags == flagIO:
			value |= 1
		case bar.Flags == flagMemory64:
			value |= 4
		case bar.Flags == flagPrefetch:
			value |= 0xc
		}
		binary.LittleEndian.PutUint32(space[at:], value)
		if (bar.Flags == flagMemory64 || bar.Flags == flagPrefetch) && at+8 <= 0x28 {
			binary.LittleEndian.PutUint32(space[at+4:], uint32(bar.Start>>32))
		}
	}
}

// putCapabilities adds the capabilities for power management and PCI Express.
func (d Device) putCapabilities(space []byte) {
	space[0x06] |= 0x10
	space[0x34] = capabilityPM
	copy(space[capabilityPM:], []byte{0x01, capabilityPCI, 0x03, 0x00, 0x08, 0x00})
	kind := byte(0x02) // an endpoint, version 2
	if d.Header == 1 {
		kind = 0x42 // a root port
	}
	copy(space[capabilityPCI:], []byte{0x10, 0x00, kind, 0x00})
	if strings.Contains(d.Reset, "flr") {
		space[capabilityPCI+7] = 0x10 // function level reset
	}
	space[capabilityPCI+0x0c], space[capabilityPCI+0x12] = 0x43, 0x43 // 8 GT/s, x4
}
