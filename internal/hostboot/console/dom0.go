package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
)

// hvc0 is dom0's terminal on Xen's console.
const hvc0 = "hvc0"

// ttyOf returns the terminal of a word console=: "ttyS0" of "console=ttyS0,115200n8".
func ttyOf(w hostboot.Word) string {
	_, value, _ := strings.Cut(w.Text, "=")
	tty, _, _ := strings.Cut(strings.Trim(value, `"`), ",")
	return tty
}

// consoles returns the words console= of dom0's line.
func (r reader) consoles() []hostboot.Word { return hostboot.All(r.next.Dom0Line.Own(), "console") }

// terminal returns dom0's name of Xen's console: hvc0, and on a kernel of XenLinux what xencons= says
// (drivers/xen/console/console.c of linux-2.6.18-xen).
func (r reader) terminal() string {
	if !xenLinux(r.next.KernelRelease()) {
		return hvc0
	}
	all := hostboot.All(r.next.Dom0Line.Own(), "xencons")
	if len(all) == 0 {
		return "ttyS0"
	}
	for _, tty := range []string{"ttyS", "tty", "xvc"} {
		name := ttyOf(all[len(all)-1])
		if number, ok := strings.CutPrefix(name, tty); ok && number != "" {
			return name
		} else if ok {
			return map[string]string{"ttyS": "ttyS0", "tty": "tty1", "xvc": "xvc0"}[tty]
		}
	}
	return "ttyS0"
}

// terminalLast reports whether /dev/console is Xen's console.
func (r reader) terminalLast() bool {
	all := r.consoles()
	return len(all) > 0 && ttyOf(all[len(all)-1]) == r.terminal()
}

// dom0Link is the console of dom0's kernel.
func (r reader) dom0Link() Link {
	l := Link{Name: Dom0, Place: r.next.Dom0Place()}
	l.Proof, l.Evidence = r.dom0Now()
	if l, ok := r.unlessXen(l); !ok {
		return l
	}
	all, tty := r.consoles(), r.terminal()
	at := slices.IndexFunc(all, func(w hostboot.Word) bool { return ttyOf(w) == tty })
	taken := Taken(r.next)
	dead := slices.IndexFunc(all, func(w hostboot.Word) bool { return slices.Contains(taken, ttyOf(w)) })
	advice := "write console=" + tty + " on the command line of dom0's kernel, after any other console="
	word := func(i int) { l.Place, l.Word = all[i].Place, all[i].Text }
	switch {
	case at < 0 && xenLinux(r.next.KernelRelease()):
		l.State, l.Code = Unknown, Dom0XenLinux
		l.Reason = "the kernel is one of XenLinux, which has no hvc0: its terminal on Xen's console is " + tty + ", unless it was built otherwise"
	case len(all) == 0:
		l.State, l.Code, l.Advice = Unknown, Dom0Default, advice
		l.Reason = "there is no console=, so that the kernel decides where it prints"
	case at < 0 && dead >= 0:
		word(dead)
		l.State, l.Code, l.Advice = Broken, Dom0Taken, advice
		l.Reason = "Xen uses this serial port itself, and dom0 does not see it"
	case at < 0:
		word(len(all) - 1)
		l.State, l.Code, l.Advice = Broken, Dom0NoHVC, advice
		l.Reason = "dom0 does not print on " + tty + ", which is Xen's console"
	case !r.terminalLast():
		word(at)
		last := ttyOf(all[len(all)-1])
		l.State, l.Code = Holds, Dom0NotLast
		l.Reason = fmt.Sprintf("dom0 prints on %s; /dev/console, where init prints and asks for a password in an emergency, is %s", tty, last)
		l.Advice = "write console=" + tty + " last, so that it is /dev/console"
	default:
		word(len(all) - 1)
		l.State, l.Code, l.Reason = Holds, Dom0Last, "dom0 prints on "+tty+", which is /dev/console"
	}
	return l
}

// xenLinux reports whether a kernel is a port of Linux to Xen of the time before hvc0: its terminal
// on Xen's console is ttyS0, tty1 or xvc0, as xencons= says.
func xenLinux(release string) bool {
	rest, ok := strings.CutPrefix(release, "2.6.")
	if !ok {
		return false
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	const withHVC = 26 // Debian's kernel of that release has hvc0, and the one of 2.6.18 does not
	number, err := strconv.Atoi(rest[:end])
	return err == nil && number < withHVC
}
