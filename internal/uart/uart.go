// Package uart reads how Xen's command line sets up serial ports: com1=, com2= and console=.
package uart

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// DefaultConsole is what Xen takes without console= (OPT_CONSOLE_STR in
// xen/drivers/char/console.c).
const DefaultConsole = "com1,vga"

// Port is a serial port as com1= or com2= sets it up (xen/drivers/char/ns16550.c).
type Port struct {
	Name   string       // "com1", "com2"
	Speed  int          // in baud; 0 if Xen keeps the speed that the port has
	Format string       // data bits, parity and stop bits: "8n1"
	Search string       // "pci": the first serial card that is not on bus 0; "amt": also one on bus 0; "" for no search
	Base   uint64       // of its registers: a port number or an address; 0 if that is not given
	At     *pci.Address // the function, where it is given
	Fault  Fault        // by which Xen does not use the port
}

// Fault is why Xen does not use a port.
type Fault string

// The faults.
const (
	NoFault   Fault = ""
	BadSpeed  Fault = "bad_speed"  // Xen takes 1200 to 115200 baud
	BadFormat Fault = "bad_format" // it is not 5 to 8 data bits, parity n, o, e, m or s, and 1 or 2 stop bits
)

// The speeds that Xen takes, in baud.
const (
	slowest = 1200
	fastest = 115200
)

// usual is the format of a port without one.
const usual = "8n1"

// Unset returns the port that Xen uses if console= names it and no com1= or com2= sets it up: it
// keeps the speed that the port has.
func Unset(name string) Port { return Port{Name: name, Format: usual} }

// Parse reads the value of com1= or com2=: SPEED, format, registers, IRQ and function by their
// position, then others by name (ns16550_parse_port_config in xen/drivers/char/ns16550.c).
func Parse(name, config string) Port {
	p := Unset(name)
	if config == "" {
		return p
	}
	bits, parity, stop := "8", "n", "1"
	for i, field := range strings.Split(config, ",") {
		key, value, named := strings.Cut(field, "=")
		if !named {
			value = field
			key = positional(i)
			if value == "" {
				continue // it keeps its default
			}
		}
		switch key {
		case "baud":
			p.speed(value)
		case "format":
			bits, parity, stop = splitFormat(value)
		case "data-bits":
			bits = value
		case "parity":
			parity = value[:min(len(value), 1)]
		case "stop-bits":
			stop = value
		case "dev", "io-base":
			p.registers(value)
		case "port":
			p.At = ParseFunction(value)
		}
	}
	p.Format = bits + parity + stop
	known := slices.Contains([]string{"5", "6", "7", "8"}, bits) && parity != "" && strings.Contains("noems", parity) && (stop == "1" || stop == "2")
	if !known && p.Fault == NoFault {
		p.Fault = BadFormat
	}
	return p
}

// positional returns the name of a field by its position; "" for those that do not matter.
func positional(i int) string {
	names := [...]string{0: "baud", 1: "format", 2: "io-base", 4: "port"}
	if i < len(names) {
		return names[i]
	}
	return ""
}

// speed reads BAUD[/BASE], of which the base does not change the speed, or "auto".
func (p *Port) speed(text string) {
	text, _, _ = strings.Cut(text, "/")
	if text == "auto" {
		return
	}
	speed, err := strconv.Atoi(text)
	if err != nil || speed < slowest || speed > fastest {
		p.Fault = BadSpeed
		return
	}
	p.Speed = speed
}

// splitFormat reads data bits, parity and stop bits: "8n1".
func splitFormat(text string) (bits, parity, stop string) {
	at := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if at < 0 {
		return text, "", ""
	}
	return text[:at], text[at : at+1], text[at+1:]
}

// registers reads where the registers are: "pci", "amt", or a number.
func (p *Port) registers(text string) {
	switch {
	case strings.HasPrefix(text, "pci"):
		p.Search = "pci"
	case strings.HasPrefix(text, "amt"):
		p.Search = "amt"
	default:
		p.Base, _ = strconv.ParseUint(text, 0, 64) // 0 for none
	}
}

// ParseFunction reads [[DOMAIN:]BUS:]SLOT.FUNCTION (parse_pci in xen/drivers/pci/pci.c); nil for
// anything else.
func ParseFunction(text string) *pci.Address {
	if !strings.Contains(text, ":") {
		text = "0:" + text
	}
	a, err := pci.ParseAddress(text)
	if err != nil {
		return nil
	}
	return &a
}

// Address returns the first I/O port of a PC's own serial port, or Base; 0 for a card.
func (p Port) Address() uint64 {
	switch {
	case p.Base != 0:
		return p.Base
	case p.Search != "" || p.At != nil:
		return 0
	case p.Name == "com1":
		return COM1
	case p.Name == "com2":
		return COM2
	}
	return 0
}

// The first I/O ports of a PC's own serial ports, which are dom0's ttyS0 and ttyS1.
const (
	COM1 = 0x3f8
	COM2 = 0x2f8
)

// TTY returns dom0's name of a PC's own serial port; "" for any other.
func (p Port) TTY() string {
	switch p.Address() {
	case COM1:
		return "ttyS0"
	case COM2:
		return "ttyS1"
	}
	return ""
}

// Consoles returns the names in a value of console=, without the H or L of com1H. Xen prints on
// the last of them that is a serial port, and on the screen if "vga" is among them.
func Consoles(value string) (names []string) {
	for name := range strings.SplitSeq(value, ",") {
		names = append(names, strings.TrimRight(name, "HL"))
	}
	return names
}
