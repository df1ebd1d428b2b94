package pci

import "bytes"

// block is the kind of top-level entry that the lines with tabs belong to.
type block uint8

const (
	blockSkipped block = iota // of a vendor or class that nobody asks for, or of a kind that is not known
	blockVendor               // "8086  Intel Corporation"
	blockGeneric              // "S 8086": subsystems of a vendor
	blockClass                // "C 02  Network controller"
)

// namesParser goes through pci.ids once and keeps what the devices need.
type namesParser struct {
	names   Names
	vendors map[uint16]bool // which are needed
	models  map[modelKey]bool
	bases   map[uint8]bool

	block  block
	model  modelKey // of the vendor block, or of the generic one with device 0
	class  Class    // of the class block
	inside bool     // a line with one tab was seen, so that two tabs may follow
}

// parseNames reads the text of a pci.ids.
func parseNames(text []byte, devices []Device) (Names, error) {
	p := newNamesParser(devices)
	for line := 1; len(text) > 0; line++ {
		var current []byte
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			current, text = text[:end], text[end+1:]
		} else {
			current, text = text, nil
		}
		// Nearly all lines end here.
		if len(current) == 0 || current[0] == '#' || (current[0] == '\t' && p.block == blockSkipped) {
			continue
		}
		if !p.line(current) {
			return p.names, &NamesError{Line: line}
		}
	}
	return p.names, nil
}

func newNamesParser(devices []Device) *namesParser {
	p := &namesParser{
		vendors: make(map[uint16]bool),
		models:  make(map[modelKey]bool),
		bases:   make(map[uint8]bool),
		names: Names{
			vendors:    make(map[uint16]string),
			devices:    make(map[modelKey]string),
			subsystems: make(map[subsystemKey]string),
			generic:    make(map[modelKey]string),
			bases:      make(map[uint8]string),
			subclasses: make(map[uint16]string),
			interfaces: make(map[Class]string),
		},
	}
	for _, d := range devices {
		p.vendors[d.Vendor] = true
		p.vendors[d.SubVendor] = true
		p.models[modelKey{d.Vendor, d.Device}] = true
		p.bases[d.Class.Base()] = true
	}
	return p
}

// line takes one line that is neither empty nor a comment. It returns false
// when the line is not of pci.ids.
func (p *namesParser) line(line []byte) bool {
	if last := line[len(line)-1]; last == ' ' || last == '\t' {
		line = line[:len(line)-1]
	}
	rest := bytes.TrimLeft(line, " \t")
	if len(rest) == 0 || rest[0] == '#' {
		return true
	}
	tabs := len(line) - len(bytes.TrimLeft(line, "\t"))
	rest = line[tabs:]
	switch {
	case tabs == 0:
		return p.top(rest)
	case p.block == blockSkipped:
		return true
	case tabs == 1:
		p.inside = true
		return p.entry(rest)
	case tabs == 2 && p.inside && p.block != blockGeneric:
		return p.subentry(rest)
	default:
		return false
	}
}

// top reads a line that opens a block.
func (p *namesParser) top(line []byte) bool {
	p.inside = false
	if len(line) >= 2 && line[1] == ' ' && line[0] >= 'A' && line[0] <= 'Z' {
		switch line[0] {
		case 'C':
			return p.topClass(line[2:])
		case 'S':
			vendor, rest, ok := cutHex(line[2:], 4)
			p.model = modelKey{vendor: uint16(vendor)}
			p.open(blockGeneric, p.vendors[p.model.vendor])
			return ok && len(rest) == 0
		default:
			p.open(blockSkipped, false)
			return true
		}
	}
	vendor, name, ok := cutName(line, 4)
	p.model = modelKey{vendor: uint16(vendor)}
	p.open(blockVendor, p.vendors[p.model.vendor])
	if ok && p.block == blockVendor {
		keep(p.names.vendors, p.model.vendor, name)
	}
	return ok
}

func (p *namesParser) topClass(line []byte) bool {
	base, name, ok := cutName(line, 2)
	p.class = Class(base << 16)
	p.open(blockClass, p.bases[p.class.Base()])
	if ok && p.block == blockClass {
		keep(p.names.bases, p.class.Base(), name)
	}
	return ok
}

func (p *namesParser) open(b block, needed bool) {
	p.block = blockSkipped
	if needed {
		p.block = b
	}
}

// entry reads a line with one tab: a device, a card of any kind, a subclass.
func (p *namesParser) entry(line []byte) bool {
	if p.block == blockClass {
		sub, name, ok := cutName(line, 2)
		p.class = p.class&0xff0000 | Class(sub<<8)
		if ok {
			keep(p.names.subclasses, uint16(p.class>>8), name)
		}
		return ok
	}
	device, name, ok := cutName(line, 4)
	p.model.device = uint16(device)
	switch {
	case !ok:
	case p.block == blockGeneric:
		keep(p.names.generic, p.model, name)
	case p.models[p.model]:
		keep(p.names.devices, p.model, name)
	}
	return ok
}

// subentry reads a line with two tabs: a card with the device, or a
// programming interface.
func (p *namesParser) subentry(line []byte) bool {
	if p.block == blockClass {
		iface, name, ok := cutName(line, 2)
		if ok {
			keep(p.names.interfaces, p.class&0xffff00|Class(iface), name)
		}
		return ok
	}
	if !p.models[p.model] {
		return true
	}
	subVendor, rest, ok := cutHex(line, 4)
	if !ok || len(rest) == 0 || !blank(rest[0]) {
		return false
	}
	subDevice, name, ok := cutName(rest[1:], 4)
	if ok {
		keep(p.names.subsystems, subsystemKey{p.model, modelKey{uint16(subVendor), uint16(subDevice)}}, name)
	}
	return ok
}

// keep lets the first of two equal entries win.
func keep[K comparable](names map[K]string, key K, name []byte) {
	if _, twice := names[key]; !twice {
		names[key] = string(name)
	}
}

// cutName reads a number of so many digits, blanks, and a name.
func cutName(line []byte, digits int) (n uint32, name []byte, ok bool) {
	n, rest, ok := cutHex(line, digits)
	if !ok || len(rest) == 0 || !blank(rest[0]) {
		return 0, nil, false
	}
	name = bytes.TrimLeft(rest, " \t")
	return n, name, len(name) > 0
}

func cutHex(line []byte, digits int) (n uint32, rest []byte, ok bool) {
	if len(line) < digits {
		return 0, nil, false
	}
	for _, c := range line[:digits] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uint32(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, nil, false
		}
	}
	return n, line[digits:], true
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
