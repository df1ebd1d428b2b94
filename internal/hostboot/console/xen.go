package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/uart"
)

// output is where Xen prints, by its command line.
type output struct {
	word     hostboot.Word // console=, the last one; without a text where there is none
	consoles []string      // that it names, or those without it
	port     *uart.Port    // the serial port; nil if there is none
	set      hostboot.Word // com1= or com2= of it
	debug    string        // a debug port that it has in place of a serial port: "ehci"
}

// outputOf returns where Xen prints (console_init_preirq in xen/drivers/char/console.c). Of several
// console=, com1= or com2= the last one takes effect, and of several ports the last one.
func outputOf(words []hostboot.Word) output {
	o := output{consoles: uart.Consoles(uart.DefaultConsole)}
	if all := hostboot.All(words, "console"); len(all) > 0 {
		o.word = all[len(all)-1]
		_, value, _ := strings.Cut(o.word.Text, "=")
		o.consoles = uart.Consoles(value)
	}
	for _, name := range o.consoles {
		switch name {
		case "com1", "com2":
			port, set := portOf(words, name)
			o.port, o.set, o.debug = &port, set, ""
		case "dbgp", "ehci", "xhci":
			o.port, o.set, o.debug = nil, hostboot.Word{}, name
		}
	}
	return o
}

// portOf returns a serial port as the line sets it up, and the word that does.
func portOf(words []hostboot.Word, name string) (uart.Port, hostboot.Word) {
	all := hostboot.All(words, name)
	if len(all) == 0 {
		return uart.Unset(name), hostboot.Word{}
	}
	last := all[len(all)-1]
	_, value, _ := strings.Cut(last.Text, "=")
	return uart.Parse(name, value), last
}

// prints reports whether Xen has any of the consoles.
func (o output) prints() bool {
	return o.port != nil || o.debug != "" || slices.ContainsFunc(o.consoles, func(name string) bool { return name == "vga" || name == "pv" || name == "none" })
}

// Taken returns dom0's names of the serial ports that Xen uses itself, and that dom0 therefore does
// not see: those of console=, and those that com1= and com2= set up. A kernel of XenLinux has its
// terminal on Xen's console under such a name.
func Taken(next hostboot.Next) (ttys []string) {
	if xenLinux(next.KernelRelease()) {
		return nil
	}
	words := next.XenLine.Own()
	consoles := outputOf(words).consoles
	for _, name := range []string{"com1", "com2"} {
		port, set := portOf(words, name)
		used := slices.Contains(consoles, name) || set.Text != ""
		if used && port.Fault == uart.NoFault && port.TTY() != "" {
			ttys = append(ttys, port.TTY())
		}
	}
	return ttys
}

// xenLink is Xen's own console.
func (r reader) xenLink() Link {
	l := Link{Name: Xen, Place: r.next.XenPlace()}
	l.Proof, l.Evidence = r.xenNow()
	if l, ok := r.unlessXen(l); !ok {
		return l
	}
	o := r.output
	if o.word.Text != "" {
		l.Place, l.Word = o.word.Place, o.word.Text
	}
	name, _, speed := r.advised()
	wanted := fmt.Sprintf("%s=%d,8n1", name, speed)
	switch port := o.port; {
	case !o.prints():
		l.State, l.Code, l.Reason = Broken, XenNoOutput, "Xen has no console of that name, and prints nothing"
		l.Advice = fmt.Sprintf("write %s console=%s,vga on Xen's command line", wanted, name)
	case o.debug != "":
		l.State, l.Code, l.Reason = Holds, XenDebugPort, "Xen's console is on a USB debug port"
	case port == nil:
		l.State, l.Code, l.Reason = Broken, XenNotSerial, "Xen's console is on no serial port"
		l.Advice = fmt.Sprintf("write %s console=%s,vga on Xen's command line", wanted, name)
	case port.Fault == uart.BadSpeed:
		l.Place, l.Word = o.set.Place, o.set.Text
		l.State, l.Code, l.Reason = Broken, XenBadSpeed, "Xen takes 1200 to 115200 baud, and does not use the port"
		l.Advice = "write " + wanted
	case port.Fault == uart.BadFormat:
		l.Place, l.Word = o.set.Place, o.set.Text
		l.State, l.Code, l.Reason = Broken, XenBadFormat, "Xen does not take the format of the port, and does not use it"
		l.Advice = "write " + wanted + ": 8 data bits, no parity (n), 1 stop bit"
	case r.speed == 0:
		l.State, l.Code, l.Speed = Unknown, XenNoSpeed, 0
		l.Reason = "Xen's console is on " + port.Name + ", and nothing sets the speed: Xen keeps what it finds"
		l.Advice = "write " + wanted + " on Xen's command line"
	default:
		l.State, l.Code, l.Speed = Holds, XenSerial, r.speed
		l.Reason = "Xen's console is on " + port.Name
		if o.set.Text != "" {
			l.Place, l.Word = o.set.Place, o.set.Text
		}
		if port.Speed == 0 {
			l.Reason += ", at the speed that it finds there"
		}
	}
	return l
}

// unlessXen says of a link of what boots next that it is not known, or that it is not Xen. ok is
// true where Xen boots next.
func (r reader) unlessXen(l Link) (Link, bool) {
	switch n := r.next; {
	case n.Xen:
		return l, true
	case n.Err != nil:
		l.State, l.Code, l.Reason = Unknown, NextUnknown, "it is not known what boots next: "+n.Err.Error()
	case !n.Loader.Known():
		l.State, l.Code, l.Reason = Unknown, NextUnknown, "no boot loader was found that xenpci knows"
	default:
		l.State, l.Code, l.Place = Broken, NextNotXen, n.Place
		l.Reason = fmt.Sprintf("the default entry %q does not boot Xen", n.Title)
		l.Advice = "make an entry with Xen the default"
	}
	return l, false
}
