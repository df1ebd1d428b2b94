package grub

import (
	"bytes"
	"fmt"
	"strings"
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

// AppendLine returns the line for GRUB 2's settings that adds words to a variable, whatever its
// value is then. Where fallback is not "" and the variable is empty, the words are added to the
// value of fallback. The error is that of CheckWord.
func AppendLine(name, fallback string, words []string) (string, error) {
	value := "$" + name
	if fallback != "" {
		value = "${" + name + ":-$" + fallback + "}"
	}
	for _, word := range words {
		if err := CheckWord(word); err != nil {
			return "", err
		}
		value += " " + word
	}
	return name + `="` + value + `"`, nil
}

// ReplaceLine returns the line for GRUB 2's settings that gives a variable these words, whatever
// its value is then. No words make it a blank: GRUB takes the fallback of an empty variable.
func ReplaceLine(name string, words []string) string {
	value := strings.Join(words, " ")
	if value == "" {
		value = " "
	}
	return name + `="` + escapeDouble(value) + `"`
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
