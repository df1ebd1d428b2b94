package config

import (
	"bytes"
	"fmt"
)

// preamble is at the top of a File that Add creates.
const preamble = `# The PCI devices that xenpci hides from dom0 at every boot.
# Edit it, or use 'xenpci hide --boot' and 'xenpci unhide --boot'.
`

// Add appends a device to File. Remove takes exactly these bytes out again.
//
// A device that is declared already is a *DeclaredError. Where File cannot be
// read or is not TOML, nothing is added to it, and the error is a Problems.
func (l *List) Add(d Device) error {
	list := l.Devices()
	for _, declared := range list {
		if declared.Address == d.Address {
			return &DeclaredError{declared}
		}
	}
	if len(list) >= maxDevices {
		return Problems{{File: File, Reason: fmt.Sprintf("%d devices are declared already, which is the limit", maxDevices)}}
	}
	if err := d.check(); err != nil {
		return err
	}
	first := l.files[0]
	if err := first.sound(); err != nil {
		return err
	}
	return first.edit(appended(first.document, d), d.Address, &d)
}

// appended returns the text with a device at its end, after one empty line. Its
// last line ends in a newline only if that of the text did.
func appended(doc *document, d Device) []byte {
	text := doc.text
	if !doc.exists {
		text = []byte(preamble)
	}
	lineEnd := doc.ending()
	added := d.print(lineEnd)
	switch {
	case len(text) == 0:
		added = append(added, lineEnd...)
	case text[len(text)-1] == '\n':
		added = append(append([]byte(lineEnd), added...), lineEnd...)
	default:
		added = append([]byte(lineEnd+lineEnd), added...)
	}
	return bytes.Join([][]byte{text, added}, nil)
}

// ending returns the line end of the text's first line.
func (doc *document) ending() string {
	if i := bytes.IndexByte(doc.text, '\n'); i > 0 && doc.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
