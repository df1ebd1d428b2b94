package config

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Change is one file of the list, before an edit and after it. Nothing is
// written before Write: an edit that comes after others is given those that are
// planned and not written.
type Change struct {
	File     string // without the root
	Old, New []byte // nil: no such file
}

// Write replaces the file, or removes it.
func (c Change) Write(f sysfs.FS) error {
	if c.New == nil {
		return etc.Remove(f, c.File)
	}
	return etc.Replace(f, c.File, c.New, etc.Options{NoBackup: true})
}

// Then adds a change to those that are planned. Two of one file are one, from what
// the file is to what it will be.
func Then(planned []Change, c Change) []Change {
	for i := range planned {
		if planned[i].File == c.File {
			planned[i].New = c.New
			return planned
		}
	}
	return append(planned, c)
}

// DeclaredError says that a device cannot be added, since it is in the list.
type DeclaredError struct {
	Device Declared // as it stands there
}

// Error says where.
func (e *DeclaredError) Error() string {
	return fmt.Sprintf("%s is declared already, at %s:%d", e.Device.Address, e.Device.File, e.Device.Line)
}

// UndeclaredError says that a device is not in the list.
type UndeclaredError struct {
	Address pci.Address
}

// Error names the device.
func (e *UndeclaredError) Error() string {
	return e.Address.String() + " is not declared in " + File + " or " + DropIns
}

// openSound opens a file that is going to be edited.
func openSound(f sysfs.FS, name string, planned []Change) (*document, error) {
	doc, err := open(f, name, planned)
	if err != nil {
		return nil, Problems{{File: name, Text: err.Error()}}
	}
	if doc.torn {
		return nil, doc.problems.sorted()
	}
	return doc, nil
}

// with is the text with other bytes in the place of some.
func (doc *document) with(s span, other []byte) []byte {
	text := append([]byte{}, doc.text[:s.start]...)
	return append(append(text, other...), doc.text[s.end:]...)
}

// checkEdit reads what an edit made: all devices of the file are as they were,
// but for the one that was edited, which is as it is wanted, or gone.
func checkEdit(c Change, doc *document, a pci.Address, want *Device) error {
	var wanted []string
	for _, d := range parse(doc.name, doc.text).devices() {
		if d.Address != a {
			wanted = append(wanted, string(d.print("\n")))
		} else if c.Old != nil && want != nil {
			wanted, want = append(wanted, string(want.print("\n"))), nil
		}
	}
	if want != nil {
		wanted = append(wanted, string(want.print("\n")))
	}
	if len(c.New) > maxFile {
		return Problems{{File: c.File, Text: errLarge.Error()}}
	}
	edited := parse(c.File, c.New)
	var got []string
	for _, d := range edited.devices() {
		got = append(got, string(d.print("\n")))
	}
	if edited.torn || !slices.Equal(got, wanted) {
		return Problems{{File: c.File, Text: "it is written in a way that cannot be edited", Right: "edit it by hand"}}
	}
	return nil
}
