package console

import (
	"cmp"
	"slices"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/uart"
)

// Chain is the serial console of a host, from the firmware to a login.
type Chain struct {
	Port  string // on which Xen has its console when it boots next: "com1"; "" for none, or if that is not known
	Speed int    // of the port, in baud; 0 if it is not known
	Links []Link
}

// Asked is what the running Xen says of its console.
type Asked struct {
	Err  error         // why it was not asked, or did not answer
	Line hostboot.Line // its command line
	Bad  []string      // the lines of its log on what console= has and Xen does not
}

// Read follows the console of what boots next. asked is what the running Xen says.
func Read(f sysfs.FS, next hostboot.Next, asked Asked) Chain {
	r := newReader(f, next, asked)
	c := Chain{Speed: r.speed}
	for _, link := range [...]func() Link{r.firmwareLink, r.loaderLink, r.xenLink, r.dom0Link, r.gettyLink, r.securettyLink} {
		c.Links = append(c.Links, r.unwritten(link()))
	}
	if port := r.port(); port != nil {
		c.Port = port.Name
	}
	return c
}

// newReader reads what several links depend on.
func newReader(f sysfs.FS, next hostboot.Next, asked Asked) reader {
	r := reader{f: f, next: next, asked: asked, output: outputOf(next.XenLine.Own()), menu: readMenu(f, next.Loader), firmware: readFirmware(f)}
	port := r.port()
	if port == nil {
		return r
	}
	r.speed = port.Speed
	if r.speed == 0 && r.menu.address == port.Address() && r.menu.output {
		r.speed = r.menu.port.Speed
	}
	if r.speed == 0 && r.firmware.address == port.Address() {
		r.speed = r.firmware.speed
	}
	return r
}

// Broken reports whether a link is broken.
func (c Chain) Broken() bool {
	return slices.ContainsFunc(c.Links, func(l Link) bool { return l.State == Broken })
}

// reader is one reading of the chain.
type reader struct {
	f        sysfs.FS
	next     hostboot.Next
	asked    Asked
	output   output
	menu     menu
	firmware firmware
	speed    int // of Xen's port, in baud
}

// port returns the port on which Xen has its console; nil where it has none, or that is not known.
func (r reader) port() *uart.Port {
	if !r.next.Xen {
		return nil
	}
	return r.output.port
}

// agreement is how a port of the firmware or of the boot loader fits that of Xen.
type agreement int

const (
	agrees agreement = iota
	otherPort
	otherSpeed
	notComparable
)

// compare compares a port at an address with that of Xen. speed is 0 where it is not known.
func (r reader) compare(address uint64, speed int) agreement {
	port := r.port()
	switch {
	case port == nil:
		return agrees // there is nothing to compare with, and the link of Xen says so
	case address == 0 || port.Address() == 0:
		return notComparable
	case address != port.Address():
		return otherPort
	case speed != 0 && r.speed != 0 && speed != r.speed:
		return otherSpeed
	}
	return agrees
}

// unit returns GRUB's number of a PC's own port, and its name in Xen; ok is false for any other.
func unit(address uint64) (number int, name string, ok bool) {
	switch address {
	case uart.COM1:
		return 0, "com1", true
	case uart.COM2:
		return 1, "com2", true
	}
	return 0, "", false
}

// usualSpeed is what advice names where no speed is known, in baud.
const usualSpeed = 115200

// advised returns the port and speed that advice names: those of Xen, or the usual ones.
func (r reader) advised() (name string, number, speed int) {
	name, speed = "com1", cmp.Or(r.speed, usualSpeed)
	if port := r.port(); port != nil {
		if n, found, ok := unit(port.Address()); ok {
			return found, n, speed
		}
	}
	return name, number, speed
}
