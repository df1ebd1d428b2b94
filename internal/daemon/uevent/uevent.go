// Package uevent hears what the kernel says of its devices: the netlink messages that
// udev acts on too (lib/kobject_uevent.c).
package uevent

import (
	"bytes"
	"errors"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Event is one message about a PCI device.
type Event struct {
	Action string // "add", "remove", "bind", "unbind", "change", ...
	Device pci.Address
	Driver string // of "bind"; the kernel does not name it in "unbind"
}

// maxMessage is the kernel's bound of a message, in bytes: the line at its beginning, and
// UEVENT_BUFFER_SIZE bytes of variables.
const maxMessage = 2048 + 4096

// errFormat is why a message is none of the kernel's.
var errFormat = errors.New("not a message about a device")

// parse reads a message. ok is false where it is about no PCI device.
func parse(message []byte) (e Event, ok bool, err error) {
	head, rest, found := bytes.Cut(message, []byte{0})
	action, path, at := strings.Cut(string(head), "@")
	if !found || !at || action == "" || !strings.HasPrefix(path, "/") {
		return Event{}, false, errFormat
	}
	e.Action = action
	subsystem, slot := "", ""
	for variable := range bytes.SplitSeq(rest, []byte{0}) {
		name, value, _ := strings.Cut(string(variable), "=")
		switch name {
		case "SUBSYSTEM":
			subsystem = value
		case "PCI_SLOT_NAME":
			slot = value
		case "DRIVER":
			e.Driver = value
		}
	}
	if subsystem != "pci" {
		return Event{}, false, nil
	}
	if slot == "" { // "remove" may lack it
		slot = path[strings.LastIndexByte(path, '/')+1:]
	}
	if e.Device, err = pci.ParseAddress(slot); err != nil {
		return Event{}, false, errFormat
	}
	return e, true, nil
}
