package console

import (
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// securettyFile lists the terminals on which root may log in (securetty(5)).
const securettyFile = "/etc/securetty"

// securettyLimit is how much of it is read, in bytes.
const securettyLimit = 64 << 10

// parseSecuretty returns the terminals of a securetty with their lines, from 1: one a line, which
// may have /dev/ before it. What follows "#" is a comment.
func parseSecuretty(text string) (ttys map[string]int) {
	ttys, number := map[string]int{}, 0
	for line := range strings.Lines(text) {
		number++
		name, _, _ := strings.Cut(line, "#")
		name = strings.TrimPrefix(strings.TrimSpace(name), "/dev/")
		if _, twice := ttys[name]; name != "" && !twice {
			ttys[name] = number
		}
	}
	return ttys
}

// securettyLink is whether root may log in on Xen's console.
func (r reader) securettyLink() Link {
	l := Link{Name: Securetty, Place: hostboot.Place{File: securettyFile}, Proof: Unproven, Evidence: "only a login shows it"}
	text, err := r.f.Read(securettyFile, securettyLimit)
	switch {
	case sysfs.IsNotExist(err):
		l.State, l.Code, l.Reason = Holds, SecurettyAbsent, "there is no such file, and root may log in on every terminal"
		return l
	case err != nil:
		l.State, l.Code, l.Reason = Unknown, SecurettyUnread, err.Error()
		return l
	}
	tty := r.terminal()
	if line, ok := parseSecuretty(string(text))[tty]; ok {
		l.Place.Line, l.Word = line, tty
		l.State, l.Code, l.Reason = Holds, SecurettyListed, "root may log in on "+tty
		return l
	}
	l.State, l.Code, l.Reason = Broken, SecurettyMissing, tty+" is not in it, so that root may be refused there"
	l.Advice = "add a line " + tty
	return l
}
