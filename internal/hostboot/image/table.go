package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrFormat is that a file is no image of Xen for x86 that can be read: it has another
// format, or no table of options was found in it.
var ErrFormat = errors.New("no table of Xen's options was found in it")

// ErrCut is that an image is compressed, and cannot be unpacked. It is an ErrFormat.
var ErrCut = fmt.Errorf("%w: it cannot be unpacked", ErrFormat)

// maxImage bounds the image, in bytes. Xen's have 3 MiB to 5 MiB; a unified image has a
// kernel and an initramfs too.
const maxImage = 512 << 20

// maxPart is how much of one segment is searched, in bytes. Nothing that Xen builds is larger.
const maxPart = 32 << 20

// fewest is how many options a table must have, so that nothing else is taken for one. Every
// release has had more than a hundred.
const fewest = 20

// anchors are options that every Xen since 3.0 takes.
var anchors = [...]string{"dom0_mem", "console", "loglvl", "sched"}

// mostPlaces is how many strings, and pointers to each, are tried for an anchor.
const mostPlaces = 16

// layout is how an entry of the table lies in memory.
type layout struct {
	size, kind, room, variable int // bytes of the entry, and the offsets in it
	types                      []Type
}

// layouts are those of all 64-bit releases (xen/include/xen/init.h up to 4.11, then param.h).
var layouts = [...]layout{
	{size: 24, kind: 8, room: 12, variable: 16, types: []Type{String, Unsigned, Bool, Size, Custom, Ignored}},  // since 4.8
	{size: 32, kind: 8, room: 24, variable: 16, types: []Type{String, Unsigned, Bool, Inverted, Size, Custom}}, // before
}

// Read reads the options of an image that is not compressed. The error is ErrFormat.
// It takes time in proportion to the image, whatever is in it.
func Read(data []byte) (Table, error) {
	if len(data) > maxImage {
		return Table{}, fmt.Errorf("%w: it is larger than %d MiB", ErrFormat, maxImage>>20)
	}
	m := memory{}
	m.segments, m.kind = segments(data)
	for i := range m.segments {
		s := &m.segments[i]
		s.content = s.content[:min(len(s.content), maxPart)]
	}
	for _, anchor := range anchors {
		for _, l := range layouts {
			if options := m.table(anchor, l); len(options) > fewest {
				return Table{Options: options, Release: release(data)}, nil
			}
		}
	}
	return Table{}, ErrFormat
}

// memory is the image as it lies in memory.
type memory struct {
	segments []segment
	kind     kind
	distance uint64 // what a pointer's value is above the address of what it points to
}

// at returns what lies at an address, to the end of its segment; nil where nothing is.
func (m *memory) at(address uint64) []byte {
	for _, s := range m.segments {
		if address >= s.address && address-s.address < uint64(len(s.content)) {
			return s.content[address-s.address:]
		}
	}
	return nil
}

// has reports whether an address is in the image.
func (m *memory) has(address uint64) bool {
	return slices.ContainsFunc(m.segments, func(s segment) bool { return address >= s.address && address-s.address < s.memory })
}

// table searches the table by an option that is in it.
func (m *memory) table(anchor string, l layout) []Option {
	wanted := []byte("\x00" + anchor + "\x00")
	var best []Option
	for _, s := range m.segments {
		rest, at := s.content, 0
		for range mostPlaces {
			i := bytes.Index(rest[at:], wanted)
			if i < 0 {
				break
			}
			at += i + 1
			if options := m.around(s.address+uint64(at), l); len(options) > len(best) {
				best = options
			}
		}
	}
	return best
}

// around searches pointers to a name, and returns the longest run of entries that one of
// them is in.
func (m *memory) around(name uint64, l layout) (best []Option) {
	const aligned = 8
	tried := 0
	for _, s := range m.segments {
		first := int(-s.address % aligned)
		for at := first; at+aligned <= len(s.content) && tried < mostPlaces; at += aligned {
			value := binary.LittleEndian.Uint64(s.content[at:])
			if !m.pointsTo(value, name) {
				continue
			}
			m.distance = value - name
			if _, ok := m.entry(s.content, at, l); !ok {
				continue
			}
			tried++
			if options := m.run(s.content, at, l); len(options) > len(best) {
				best = options
			}
		}
	}
	return best
}

// pointsTo reports whether a value can be a pointer to an address. Where the image was moved,
// it was by a multiple of 1 GiB, to the hypervisor's half of the address space.
func (m *memory) pointsTo(value, address uint64) bool {
	if m.kind == linked {
		return value == address
	}
	const low, top = 1<<30 - 1, 0x1ffff
	return (value^address)&low == 0 && value>>47 == top
}

// run returns the entries around one of them.
func (m *memory) run(content []byte, at int, l layout) []Option {
	for at >= l.size {
		if _, ok := m.entry(content, at-l.size, l); !ok {
			break
		}
		at -= l.size
	}
	seen := map[string]bool{}
	var options []Option
	for ; ; at += l.size {
		o, ok := m.entry(content, at, l)
		if !ok {
			slices.SortFunc(options, func(a, b Option) int { return strings.Compare(a.Name, b.Name) })
			return options
		}
		if !seen[o.Name] { // Xen takes some twice: an early one and a later one
			seen[o.Name] = true
			options = append(options, o)
		}
	}
}

const (
	longestName = 64   // bytes
	mostRoom    = 4096 // bytes
)

// entry reads one entry. ok is false where none is.
func (m *memory) entry(content []byte, at int, l layout) (o Option, ok bool) {
	if at+l.size > len(content) {
		return o, false
	}
	e, le := content[at:at+l.size], binary.LittleEndian
	kind, room := le.Uint32(e[l.kind:]), le.Uint32(e[l.room:])
	if int(min(kind, 64)) >= len(l.types) || room > mostRoom {
		return o, false
	}
	name, ok := cString(m.at(le.Uint64(e) - m.distance))
	if !ok {
		return o, false
	}
	o = Option{Name: name, Type: l.types[kind], Room: int(room)}
	return o, o.Type == Ignored || m.has(le.Uint64(e[l.variable:])-m.distance)
}

// cString returns the name at the beginning of text. Some end in '[', which Xen's own tools
// have never used.
func cString(text []byte) (string, bool) {
	end := bytes.IndexByte(text[:min(len(text), longestName)], 0)
	if end < 1 {
		return "", false
	}
	for i, c := range text[:end] {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.':
		case i == end-1 && strings.IndexByte("[({<", c) >= 0:
		default:
			return "", false
		}
	}
	return string(text[:end]), true
}
