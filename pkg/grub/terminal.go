package grub

import (
	"slices"
	"strconv"
	"strings"
)

// Terminal is where GRUB shows its menu, and from where it takes keys. The zero value is the
// firmware's console, without any command.
type Terminal struct {
	Input  []string // "console", "serial", "at_keyboard"
	Output []string // "console", "serial", "gfxterm"
	Serial []SerialPort

	// The lines of the last commands, from 1; 0 if there is none.
	InputLine, OutputLine int
}

// SerialPort is a serial port as a serial command sets it up.
type SerialPort struct {
	Unit    int    // 0 is the first port of the machine; -1 if the port is not given by its unit
	Address uint64 // an I/O port; 0 if it is not given
	Speed   int    // in baud
	Line    int    // from 1
}

// usualSpeed is the speed of a serial command without --speed, in baud.
const usualSpeed = 9600

// serialOptions are the options of a serial command that take a value, those with a short form
// first.
var serialOptions = [...]string{"unit", "port", "speed", "word", "parity", "stop", "base-clock", "rtscts"}

// parseSerial reads the arguments of a serial command (grub-core/term/serial.c, and
// serial_func in GRUB legacy's stage2/builtins.c). What is not understood is passed over.
func parseSerial(words []string, line int) SerialPort {
	p := SerialPort{Speed: usualSpeed, Line: line}
	for i := 0; i < len(words); i++ {
		option, value, joined := strings.Cut(words[i], "=")
		name := strings.TrimLeft(option, "-")
		if name == option {
			p.named(option) // GRUB 2: com0, pci,00:16.3
			continue
		}
		if at := strings.Index("upswrt", name); at >= 0 && len(name) == 1 {
			name = serialOptions[at]
		}
		if !joined && slices.Contains(serialOptions[:], name) && i+1 < len(words) {
			i++
			value = words[i]
		}
		number, err := strconv.ParseUint(value, 0, 32)
		switch {
		case err != nil:
		case name == "unit":
			p.Unit = int(number)
		case name == "port":
			p.Unit, p.Address = -1, number
		case name == "speed":
			p.Speed = int(number)
		}
	}
	return p
}

// named reads the name of a port, since GRUB 2.06: com0, port3f8, pci,00:16.3.
func (p *SerialPort) named(name string) {
	if unit, ok := strings.CutPrefix(name, "com"); ok {
		if n, err := strconv.ParseUint(unit, 10, 8); err == nil {
			p.Unit = int(n)
		}
		return
	}
	p.Unit = -1
	if port, ok := strings.CutPrefix(name, "port"); ok {
		p.Address, _ = strconv.ParseUint(port, 16, 32) // 0 for none
	}
}

// mostTerminals bounds each list of a Terminal. GRUB has about ten terminals.
const mostTerminals = 64

// terminals applies the arguments of terminal_input or terminal_output to a list
// (grub-core/commands/terminal.c).
func terminals(list, words []string) []string {
	if len(words) == 0 {
		return list // it only prints them
	}
	switch words[0] {
	case "--append":
		return bounded(append(slices.Clone(list), words[1:]...))
	case "--remove":
		return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(words[1:], name) })
	}
	return bounded(slices.Clone(words))
}

func bounded(list []string) []string { return list[:min(len(list), mostTerminals)] }

// command follows a command of GRUB 2.
func (t *Terminal) command(c Command) {
	switch c.Name {
	case "serial":
		if len(t.Serial) < mostTerminals {
			t.Serial = append(t.Serial, parseSerial(c.Words, c.Line))
		}
	case "terminal_input":
		t.Input, t.InputLine = terminals(t.Input, c.Words), c.Line
	case "terminal_output":
		t.Output, t.OutputLine = terminals(t.Output, c.Words), c.Line
	}
}

// isSerial reports whether a terminal of GRUB is a serial port: serial, serial_com0, serial_efi0.
func isSerial(name string) bool { return name == "serial" || strings.HasPrefix(name, "serial_") }

// SerialInput reports whether GRUB takes keys from a serial port.
func (t Terminal) SerialInput() bool { return slices.ContainsFunc(t.Input, isSerial) }

// SerialOutput reports whether GRUB shows its menu on a serial port.
func (t Terminal) SerialOutput() bool { return slices.ContainsFunc(t.Output, isSerial) }

// Terminal returns what the commands outside of the entries make of GRUB's terminal. Commands
// that an if decides about are followed as if it were true.
func (c *Config) Terminal() Terminal { return c.terminal }

// Terminal returns what the commands before the first title make of GRUB legacy's terminal. Where
// "terminal" names several, GRUB uses the one on which the first key is pressed, or the first of
// them after its --timeout.
func (m *MenuList) Terminal() Terminal {
	var t Terminal
	for _, c := range m.Global {
		words := strings.Fields(c.Argument)
		switch c.Name {
		case "serial":
			t.Serial = append(t.Serial, parseSerial(words, c.Line))
		case "terminal":
			names := slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
			if len(names) > 0 {
				t.Input, t.Output = names, names
				t.InputLine, t.OutputLine = c.Line, c.Line
			}
		}
	}
	return t
}
