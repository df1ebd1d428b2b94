package initscript

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Inittab is where sysvinit, busybox and upstart before 0.6 read what init starts.
const Inittab = "/etc/inittab"

// InittabEntry is a line of an inittab (inittab(5)).
type InittabEntry struct {
	Line      int    // from 1
	ID        string // for busybox it is the terminal, or ""
	Runlevels string // "2345"; "" for all, and always for busybox
	Action    string // "respawn", "initdefault"
	Process   string // the command, without a "+" before it
}

// ParseInittab reads an inittab. Comments and lines that init does not understand are passed over.
func ParseInittab(text string) (entries []InittabEntry) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		const fields = 4
		field := strings.SplitN(line, ":", fields)
		if len(field) < fields-1 {
			continue
		}
		field = append(field, "") // initdefault may end after the action
		entries = append(entries, InittabEntry{Line: number, ID: field[0], Runlevels: field[1], Action: field[2], Process: strings.TrimPrefix(field[3], "+")})
	}
	return entries
}

// In reports whether init starts the entry in a runlevel.
func (e InittabEntry) In(level string) bool {
	return e.Runlevels == "" || strings.Contains(e.Runlevels, level)
}

// readInittab returns the entries of the inittab; none if there is no such file.
func readInittab(fsys sysfs.FS) []InittabEntry {
	text, err := fsys.Read(Inittab, textLimit)
	if err != nil {
		return nil
	}
	return ParseInittab(string(text))
}

// InitDefault returns the runlevel of the first initdefault of an inittab, as init does; "" if there
// is none.
func InitDefault(entries []InittabEntry) string {
	for _, e := range entries {
		if e.Action == "initdefault" && len(e.Runlevels) == 1 {
			return e.Runlevels
		}
	}
	return ""
}
