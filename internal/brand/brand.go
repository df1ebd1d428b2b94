// Package brand defines what identifies xenpci's own files: the mark in their first
// lines, their paths, and the path of the program that they run.
package brand

import (
	"bytes"

	"github.com/xenpci/xenpci/internal/change"
)

// Mark begins a line at the top of each file that belongs to xenpci alone.
const Mark = "# Written by xenpci"

// markLines is how many lines of a file are searched for Mark: the first line of a
// script is "#!".
const markLines = 2

// GRUBDropIn is xenpci's file of GRUB 2 settings on systems whose grub-mkconfig reads
// /etc/default/grub.d (Debian and its derivatives). It sorts after xen.cfg of Debian's
// hypervisor package.
const GRUBDropIn = "/etc/default/grub.d/xenpci.cfg"

// GRUBWords is xenpci's file of GRUB 2 settings with the words that 'xenpci host set' sets. It
// sorts before GRUBDropIn, whose line adds to what this one sets.
const GRUBWords = "/etc/default/grub.d/xenpci-arguments.cfg"

// GRUBConsole is xenpci's file of GRUB 2 settings with GRUB's own terminal.
const GRUBConsole = "/etc/default/grub.d/xenpci-console.cfg"

// Console is the kind of xenpci's lines for the serial console, in files that others write too.
const Console change.Kind = "console"

// Words is the kind of the words of command lines that 'xenpci host set' sets, in files that
// others write too.
const Words change.Kind = "words"

// GRUBTrial is xenpci's script that writes the entry of a trial into grub.cfg ('xenpci host try').
const GRUBTrial = "/etc/grub.d/42_xenpci"

// Hiding is the kind of xenpci's lines that hide devices, in files that others write too.
const Hiding change.Kind = "hiding"

// Owns reports whether content is that of a file of xenpci. A file without Mark does
// not belong to xenpci, whatever its name is.
func Owns(content []byte) bool {
	for range markLines {
		line, rest, _ := bytes.Cut(content, []byte("\n"))
		if bytes.HasPrefix(line, []byte(Mark)) {
			return true
		}
		content = rest
	}
	return false
}
