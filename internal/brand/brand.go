// Package brand knows by what xenpci recognises its own files: their first line,
// their paths, and where the program is that they start.
package brand

import (
	"bytes"

	"github.com/xenpci/xenpci/internal/change"
)

// Mark begins a line at the top of each file that is xenpci's alone.
const Mark = "# Written by xenpci"

// markLines is how many lines of a file are searched for Mark: the first one of a
// script is "#!".
const markLines = 2

// GRUBDropIn is xenpci's file of GRUB 2's settings on systems whose grub-mkconfig
// reads /etc/default/grub.d (Debian and its derivatives). It sorts behind xen.cfg,
// which comes with Debian's hypervisor.
const GRUBDropIn = "/etc/default/grub.d/xenpci.cfg"

// Hiding is the kind of the lines that hide devices, in files that others write too.
const Hiding change.Kind = "hiding"

// Owns reports whether content is that of a file of xenpci's. A file without Mark
// is somebody else's, whatever its name is.
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
