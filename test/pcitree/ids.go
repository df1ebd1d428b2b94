package pcitree

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// The ids of which Write makes devices. IDs names most of them.
const (
	firstVendor = 0x1000
	someVendors = 8
	someDevices = 8 // 0000 to 0007, and one more that has no name
)

var (
	someBases  = []uint8{0x00, 0x01, 0x02, 0x03, 0x06, 0x0c, 0x12, 0xff}
	someSubs   = []uint8{0x00, 0x01, 0x04, 0x80}
	someIfaces = []uint8{0x00, 0x10, 0x30}
)

// IDs makes a pci.ids in which most ids of Write have a name, of any length
// and with any byte that a line may have. lspci reads it without complaint.
func IDs(seed uint64) []byte {
	w := &idsWriter{Rand: rand.New(rand.NewPCG(seed, 2)), end: "\n"}
	if w.once(8) {
		w.end = "\r\n"
	}
	w.line("# Names that no registry has")
	w.line("")
	if w.once(2) {
		w.classes()
		w.vendors()
	} else {
		w.vendors()
		w.line("Z 00  Of a kind to come")
		w.line("\tskipped")
		w.classes()
	}
	if w.once(4) {
		return bytes.TrimRight(w.Bytes(), "\r\n")
	}
	return w.Bytes()
}

type idsWriter struct {
	*rand.Rand
	bytes.Buffer
	end string
}

func (w *idsWriter) once(n int) bool { return w.IntN(n) == 0 }

func (w *idsWriter) line(format string, args ...any) {
	fmt.Fprintf(&w.Buffer, format, args...)
	w.WriteString(w.end)
	if w.once(40) {
		w.WriteString([]string{"#", "   ", "\t# a remark", "\t\t"}[w.IntN(4)] + w.end)
	}
}

func (w *idsWriter) vendors() {
	var named []int
	for _, i := range w.Perm(someVendors) {
		vendor := firstVendor + i
		if w.once(5) {
			continue
		}
		named = append(named, vendor)
		w.line("%04x  %s", vendor, w.name("Maker"))
		for device := range someDevices {
			if w.once(4) {
				continue
			}
			w.line("\t%04x%s%s", device, []string{"  ", " ", "\t"}[w.IntN(3)], w.name("Card"))
			for sub := range someDevices {
				if w.once(3) {
					w.line("\t\t%04x %04x  %s", firstVendor+w.IntN(someVendors), sub, w.name("Card of a maker"))
				}
			}
		}
	}
	for _, vendor := range named {
		if !w.once(3) {
			continue
		}
		w.line("S %04x", vendor)
		for device := range someDevices {
			if w.once(2) {
				w.line("\t%04X  %s", device, w.name("Any card of this maker"))
			}
		}
	}
}

func (w *idsWriter) classes() {
	for _, base := range someBases {
		if w.once(5) {
			continue
		}
		w.line("C %02x  %s", base, w.name("Class"))
		for _, sub := range someSubs {
			if w.once(4) {
				continue
			}
			w.line("\t%02x  %s", sub, w.name("controller"))
			for _, iface := range someIfaces {
				if w.once(2) {
					w.line("\t\t%02x  %s", iface, w.name("interface"))
				}
			}
		}
	}
}

// name draws a name. Three of four are plain; the lengths are near to where
// lspci cuts, and below those of a line that it refuses.
func (w *idsWriter) name(what string) string {
	name := fmt.Sprintf("%s %d", what, w.IntN(100))
	switch w.IntN(24) {
	case 0:
		return `"` + name + `" \ \\`
	case 1:
		return name + " r\xe9seau \xff\x01"
	case 2:
		return name + "  " // of which one blank is cut
	case 3:
		return name + " # \t100 %s [12:34]"
	case 4:
		return name + strings.Repeat("x", 900)
	case 5, 6:
		length := []int{118, 127, 246, 255}[w.IntN(4)] + w.IntN(5) - 2
		return name + strings.Repeat("y", length-len(name))
	default:
		return name
	}
}
