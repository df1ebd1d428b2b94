// Package seen remembers what a device was while a driver of dom0 had it: its network
// interfaces and its disks. Once pciback has a device, nothing shows that any more.
//
// There is a file for each card in /var/lib/xenpci/seen. It has what tells the card
// from others, as the declared list does, so that the card is found where new
// bus numbers have moved it, and another card at its address is not taken for it.
package seen

import (
	"slices"
	"strings"
)

// Card is what dom0's drivers showed of a device.
type Card struct {
	Interfaces []Interface `json:"interfaces,omitempty"`
	Disks      []Disk      `json:"disks,omitempty"`
}

// Interface is a network interface.
type Interface struct {
	Name    string `json:"name"`
	Renamed bool   `json:"renamed,omitempty"` // the name was given to it; it is not the kernel's own
	MAC     string `json:"mac,omitempty"`     // its permanent address, or else the one that it had
	Speed   int    `json:"speed,omitempty"`   // in Mb/s; 0 where it had no link
}

// Disk is a disk.
type Disk struct {
	Name   string `json:"name"`
	Model  string `json:"model,omitempty"`
	Serial string `json:"serial,omitempty"`
	WWN    string `json:"wwn,omitempty"`
	Size   uint64 `json:"size,omitempty"` // in bytes
}

// The bounds of a card.
const (
	maxParts = 64  // interfaces, and disks
	maxText  = 128 // bytes of a name, a model or a number

	// Drivers return all bits set for a speed that they do not know, as one number or
	// another.
	maxSpeed = 10_000_000 // Mb/s
)

// empty reports whether nothing is known of the card.
func (c Card) empty() bool { return len(c.Interfaces)+len(c.Disks) == 0 }

// bounded returns the card within its bounds, with its texts fit to be printed.
func (c Card) bounded() Card {
	c.Interfaces = slices.Clone(c.Interfaces[:min(len(c.Interfaces), maxParts)])
	c.Disks = slices.Clone(c.Disks[:min(len(c.Disks), maxParts)])
	for i := range c.Interfaces {
		n := &c.Interfaces[i]
		n.Name, n.MAC = text(n.Name), text(n.MAC)
		if n.Speed < 0 || n.Speed > maxSpeed {
			n.Speed = 0
		}
	}
	for i := range c.Disks {
		d := &c.Disks[i]
		d.Name, d.Model, d.Serial, d.WWN = text(d.Name), text(d.Model), text(d.Serial), text(d.WWN)
	}
	return c
}

// Merge returns what is known of a card that was known before and is seen again. What
// is seen now is right, and what is not seen now is kept of the interfaces and disks
// that are.
func Merge(before, now Card) Card {
	if now.empty() {
		return before
	}
	merged := Card{Interfaces: slices.Clone(now.Interfaces), Disks: slices.Clone(now.Disks)}
	for i, n := range merged.Interfaces {
		if at := slices.IndexFunc(before.Interfaces, n.same); at >= 0 {
			merged.Interfaces[i] = n.merge(before.Interfaces[at])
		}
	}
	for i, d := range merged.Disks {
		if at := slices.IndexFunc(before.Disks, d.same); at >= 0 {
			merged.Disks[i] = d.merge(before.Disks[at])
		}
	}
	return merged
}

// same reports whether other is the same interface: names may change.
func (n Interface) same(other Interface) bool {
	if n.MAC != "" && other.MAC != "" {
		return n.MAC == other.MAC
	}
	return n.Name == other.Name
}

// merge keeps the name that udev gave to the interface where it has the kernel's now:
// early in a boot udev has not run.
func (n Interface) merge(before Interface) Interface {
	if before.Renamed && !n.Renamed {
		n.Name, n.Renamed = before.Name, true
	}
	if n.MAC == "" {
		n.MAC = before.MAC
	}
	if n.Speed == 0 {
		n.Speed = before.Speed
	}
	return n
}

// same reports whether other is the same disk: the kernel gives a name to whatever
// disk comes first.
func (d Disk) same(other Disk) bool {
	switch {
	case d.Serial != "" && other.Serial != "":
		return d.Serial == other.Serial
	case d.WWN != "" && other.WWN != "":
		return d.WWN == other.WWN
	}
	return d.Name == other.Name && (d.Size == 0 || other.Size == 0 || d.Size == other.Size)
}

// merge keeps the longer of two models that begin alike: SCSI has room for 16 bytes.
func (d Disk) merge(before Disk) Disk {
	if strings.HasPrefix(before.Model, d.Model) {
		d.Model = before.Model
	}
	if d.Serial == "" {
		d.Serial = before.Serial
	}
	if d.WWN == "" {
		d.WWN = before.WWN
	}
	if d.Size == 0 {
		d.Size = before.Size
	}
	return d
}
