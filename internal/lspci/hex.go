package lspci

import (
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Where a dump can end, in bytes of configuration space.
const (
	headerConfig  = 64
	cardBusConfig = 128 // the header of a CardBus bridge is longer
	pciConfig     = 256
	expressConfig = pci.ConfigLimit
)

// Where a configuration space has its header type
// (include/uapi/linux/pci_regs.h).
const (
	headerTypeAt   = 0x0e
	headerTypeMask = 0x7f // bit 7 says that there are more functions
)

const rowSize = 16

// hex writes what -x shows of the configuration space of the device at a, or
// that nothing can be shown.
func (p *printer) hex(a pci.Address) {
	config := readDump(p.Hex, func(limit int) ([]byte, error) { return pci.ReadConfig(p.root, a, limit) })
	if config == nil {
		p.text("WARNING: Cannot show hex-dump of the config space\n")
		return
	}
	p.rows(config)
}

// rows writes 16 bytes a line, after the offset of the first.
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

// readDump reads what -x, given so many times, shows of a device, or nil where
// not even the header can be read. read returns up to limit bytes of config:
// each comes from the device itself and takes its time, so no more are asked
// for than may be shown.
//
// What is shown ends where config ends: the kernel gives only root more than
// the header, and a conventional device has 256 bytes.
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

// dumpSizes are the sizes that a dump may have, the smallest first: lspci shows
// a part whole or not at all, and -xx is -x (show_hex_dump in lspci.c).
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
