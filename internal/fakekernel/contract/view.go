package contract

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// view reads what the rows speak of.
type view struct {
	fs sysfs.FS
}

// driver is the name of the device's driver, "" for none.
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

// slots are the lines that one read of the file gives.
func (v view) slots() []string {
	text, err := v.fs.Read(pciback+"slots", sysfs.AttributeLimit)
	if err != nil || len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// state is what the table calls so, with the drivers of the other devices that
// are asked for.
func (v view) state(others Drivers) State {
	s := State{Driver: v.driver(subject), Slots: v.slots()}
	s.Override, _ = v.fs.Attribute(device + subject + "/driver_override") // "" for a device that is gone
	s.Enable, _ = v.fs.Attribute(device + subject + "/enable")
	for address := range others {
		if s.Others == nil {
			s.Others = Drivers{}
		}
		s.Others[address] = v.driver(address)
	}
	return s
}
