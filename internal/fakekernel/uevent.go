package fakekernel

import (
	"slices"
	"strings"
)

// uevents lists the messages about PCI devices that the kernel has sent since the tree was
// unpacked: an action and an address a line.
const uevents = hidden + "/uevents"

// Uevent is a message of the kernel about a PCI device.
type Uevent struct {
	Action  string // add, bind, change, unbind, remove
	Address string
}

// Uevents are the messages that a listener has not read yet. It may be used by one
// goroutine at a time.
type Uevents struct {
	host *Host
	read int // bytes of the list
}

// Listen returns a listener for the messages that the kernel sends from now on, whichever
// process causes them.
func (h *Host) Listen() *Uevents {
	u := &Uevents{host: h}
	u.Next()
	return u
}

// Next returns the messages that came since the last call, in their order.
func (u *Uevents) Next() []Uevent {
	var all []Uevent
	_ = u.host.locked(func(k *kernel) error { // a tree that cannot be read has no messages
		text := k.read(uevents)
		for line := range strings.Lines(text[u.read:]) {
			action, address, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			all = append(all, Uevent{action, address})
		}
		u.read = len(text)
		return nil
	})
	return all
}

// emit sends a message. An effect that was interrupted and is repeated does not send what it
// has sent before.
func (k *kernel) emit(action string, d device) {
	lines := k.lines(uevents)
	last := ""
	for _, line := range slices.Backward(lines) {
		before, address, _ := strings.Cut(line, " ")
		if address == d.address && (before != "change" || action == "change") {
			last = before
			break
		}
	}
	line := action + " " + d.address
	switch {
	case action == last && action != "change",
		action == "add" && last != "" && last != "remove",
		action == "change" && len(lines) > 0 && lines[len(lines)-1] == line:
		return
	}
	k.append(uevents, line+"\n")
}
