package config

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// sound returns why a file cannot be edited: it could not be read, or it is not
// TOML.
func (f *file) sound() error {
	switch {
	case f.err != nil:
		return Problems{{File: f.name, Reason: f.err.Error()}}
	case f.torn:
		return f.problems.sorted()
	}
	return nil
}

// edit gives the file another text. It refuses one in which anything but the one
// device is different, or in which that device is not as wanted, or not gone.
func (f *file) edit(text []byte, a pci.Address, want *Device) error {
	var wanted []string
	for _, d := range f.devices {
		if d.Address != a {
			wanted = append(wanted, string(d.print("\n")))
		} else if want != nil {
			wanted, want = append(wanted, string(want.print("\n"))), nil
		}
	}
	if want != nil {
		wanted = append(wanted, string(want.print("\n")))
	}
	if len(text) > maxFile {
		return Problems{{File: f.name, Reason: errLarge.Error()}}
	}
	edited := parse(f.name, text)
	var got []string
	for _, d := range edited.devices {
		got = append(got, string(d.print("\n")))
	}
	if edited.torn || !slices.Equal(got, wanted) {
		return Problems{{File: f.name, Reason: "xenpci cannot edit the way in which this file is written", Advice: "edit it by hand"}}
	}
	edited.exists = true
	f.document = edited
	return nil
}

// with returns the text with other bytes in the place of a span.
func (doc *document) with(s span, other []byte) []byte {
	text := append([]byte{}, doc.text[:s.start]...)
	return append(append(text, other...), doc.text[s.end:]...)
}
