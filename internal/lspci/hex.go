package lspci

import (
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/pkg/pci"
)

// The sizes that a dump can have, in bytes of configuration space.
const (
	headerConfig  = 64
	cardBusConfig = 128 // the header of a CardBus bridge is longer
	pciConfig     = 256
	expressConfig = pci.ConfigLimit
)

// The header type in the configuration space (include/uapi/linux/pci_regs.h).
const (
	headerTypeAt   = 0x0e
	headerTypeMask = 0x7f // bit 7 is set for a multi-function device
)

const rowSize = 16

// hex writes what -x shows of the configuration space of the device at a, or a warning
// that it cannot be shown.
func (p *printer) hex(a pci.Address) {
	config := readDump(p.Hex, func(limit int) ([]byte, error) { return pci.ReadConfig(p.root, a, limit) })
	if config == nil {
		p.text("WARNING: Cannot show hex-dump of the config space\n")
		return
	}
	p.rows(config)
}

// rows writes lines of 16 bytes, each after the offset of its first byte.
func (p *printer) rows(config []byte) {
	for at := 0; at < len(config); at += rowSize {
		row := p.AvailableBuffer()
		if at < 0x10 {
			row = append(row, '0')
		}
		row = append(strconv.AppendInt(row, int64(at), 16), ':')
		for _, b := range config[at : at+rowSize] {
			row = append(row, ' ', hexDigits[b>>4], hexDigits[b&0xf])
		}
		_, _ = p.Write(append(row, '\n')) // the buffer keeps its error for Flush
	}
}

// readDump returns the bytes that -x, given so many times, shows of a device, or nil if
// not even the header is readable. read returns up to limit bytes of config. Every byte is
// read from the device, which is slow, so readDump reads no more than it may show.
//
// The result ends where config ends: only root can read more than the header, and a
// conventional device has 256 bytes.
func readDump(times int, read func(limit int) ([]byte, error)) []byte {
	limit := slices.Max(dumpSizes(times, pci.HeaderDevice))
	config, err := read(limit)
	if err != nil || len(config) < headerConfig {
		return nil
	}
	sizes := dumpSizes(times, pci.HeaderType(config[headerTypeAt]&headerTypeMask))
	if longer := slices.Max(sizes); longer > limit {
		if whole, err := read(longer); err == nil {
			config = whole
		}
	}
	for _, size := range slices.Backward(sizes) {
		if size <= len(config) {
			return config[:size]
		}
	}
	return nil
}

// dumpSizes returns the sizes that a dump may have, the smallest first: lspci shows each
// part completely or not at all, and -xx is the same as -x (show_hex_dump in lspci.c).
func dumpSizes(times int, header pci.HeaderType) []int {
	sizes := []int{headerConfig}
	if header == pci.HeaderCardBus {
		sizes = append(sizes, cardBusConfig)
	}
	if times >= 3 {
		sizes = append(sizes, pciConfig)
	}
	if times >= 4 {
		sizes = append(sizes, expressConfig)
	}
	return sizes
}
