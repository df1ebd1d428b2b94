package grub

import (
	"bytes"
	"fmt"
)

// Dom0ArgumentLine returns the line for GRUB 2's settings that adds an argument for
// dom0's kernel to the normal entries with Xen, but neither to the recovery entries nor
// to entries without Xen. The error is that of SetKey.
//
// The shell evaluates the line whenever grub.cfg is generated, so that later
// changes of the settings above it take effect: the argument is appended to what
// these entries would have without it.
func Dom0ArgumentLine(key, value string) (string, error) {
	if err := writable(key, value); err != nil {
		return "", err
	}
	return fmt.Sprintf(`%s="${%[1]s:-$%s} %s=%s"`, XenReplaceDefault, CmdlineLinuxDefault, key, value), nil
}

// Assigns returns nil if the shell certainly assigns the variable on this line of the
// file, counted from 1, and a *NotUnderstoodError otherwise.
func (d *Defaults) Assigns(name string, line int) error {
	if d.lost != nil {
		// A quote that is not closed before the line ends in it, and what follows is no reason.
		before := d.data[:lineStart(d.data, line)]
		if why := ParseDefaults(d.Name, before).lost; why != nil {
			return why
		}
		return d.lost
	}
	for _, st := range d.statements {
		if st.name == name && st.line == line && st.why == "" {
			return nil
		}
	}
	return &NotUnderstoodError{File: d.Name, Line: line, Why: "the assignment of " + name + " may not be executed"}
}

// lineStart returns the offset of a line, counted from 1; the end if there are fewer.
func lineStart(data []byte, line int) int {
	at := 0
	for ; line > 1; line-- {
		next := bytes.IndexByte(data[at:], '\n')
		if next < 0 {
			return len(data)
		}
		at += next + 1
	}
	return at
}
