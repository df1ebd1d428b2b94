package snapshot

import (
	"fmt"

	"github.com/xenpci/xenpci/internal/mask"
	"github.com/xenpci/xenpci/internal/seen"
)

// seen copies what is remembered of cards. The names of the files have serial numbers,
// so the copies have other names: a number, the oldest first.
func (c *copier) seen() {
	memory, err := seen.Open(c.fsys)
	c.unread(seen.Dir, err)
	for i, r := range memory.Records() {
		if c.Mask != nil {
			r = maskedRecord(c.Mask, r)
		}
		if content, err := r.Print(); err == nil {
			c.bytes(fmt.Sprintf("%s/%d.json", seen.Dir, i+1), 0o600, content)
		}
	}
}

// maskedRecord masks everything that identifies the card. Model and size stay.
func maskedRecord(m *mask.Mask, r seen.Record) seen.Record {
	d := &r.Identity
	d.Serial, d.MAC = m.Text(d.Serial), m.Text(d.MAC)
	for i := range r.Interfaces {
		n := &r.Interfaces[i]
		n.Name, n.MAC = m.Text(n.Name), m.Text(n.MAC)
	}
	for i := range r.Disks {
		d := &r.Disks[i]
		d.Serial, d.WWN = m.Identifier(d.Serial), m.Identifier(d.WWN)
	}
	return r
}

// learnSeen has the mask know the numbers of cards that are remembered: the device may
// be hidden, and its numbers nowhere in sysfs.
func (c *copier) learnSeen() {
	memory, _ := seen.Open(c.fsys) // what cannot be read is not copied either
	for _, r := range memory.Records() {
		c.Mask.LearnMAC(r.Identity.MAC)
		for _, n := range r.Interfaces {
			c.Mask.LearnMAC(n.MAC)
		}
		for _, d := range r.Disks {
			c.Mask.LearnSerial(d.Serial)
			c.Mask.LearnSerial(d.WWN)
		}
	}
}
