package contract

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// view reads the state that the rows describe.
type view struct {
	fs sysfs.FS
}

// driver returns the name of the device's driver, "" for none.
func (v view) driver(address string) string {
	if !v.fs.Exists(device + address) {
		return Gone
	}
	to, err := v.fs.Readlink(device + address + "/driver")
	if err != nil {
		return ""
	}
	return path.Base(to)
}

// slots returns the lines that one read of the file returns.
func (v view) slots() []string {
	text, err := v.fs.Read(pciback+"slots", sysfs.AttributeLimit)
	if err != nil || len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// state returns the State, with the drivers of the devices in others.
func (v view) state(others Drivers) State {
	s := State{Driver: v.driver(subject), Slots: v.slots()}
	s.Override, _ = v.fs.Attribute(device + subject + "/driver_override") // "" for a removed device
	s.Enable, _ = v.fs.Attribute(device + subject + "/enable")
	for address := range others {
		if s.Others == nil {
			s.Others = Drivers{}
		}
		s.Others[address] = v.driver(address)
	}
	return s
}
