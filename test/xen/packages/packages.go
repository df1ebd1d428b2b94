// Package packages knows which Debian or Ubuntu packages the emulated Xen host
// is made of, and brings them here: those of this machine are installed, those
// of the guest only unpacked into a folder.
//
// apt and dpkg do the work; nothing is fetched from anywhere but where the
// machine's own apt is set up to look.
package packages

import (
	"fmt"
	"strings"
)

// List is a packages.txt: one entry a line under the headings [host],
// [kernel], [headers], [guest], [chains], [libvirt] and [hvm].
type List struct {
	Host    []string // to be installed on this machine
	Kernel  []string // the kernel of the image
	Headers []string // what modules for that kernel are compiled with
	Guest   []string // to be unpacked into the image
	Chains  []string // to be unpacked into an archive of their own, for the machine that needs them
	Libvirt []string // likewise, for the machine that starts guests with libvirt
	HVM     []string // likewise, for machines that start HVM guests
}

// Parse reads a packages.txt. An entry is a name, a pattern, or several of
// them with bars between.
func Parse(text string) (List, error) {
	var list List
	var section *[]string
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		switch line = strings.TrimSpace(line); line {
		case "":
		case "[host]":
			section = &list.Host
		case "[kernel]":
			section = &list.Kernel
		case "[headers]":
			section = &list.Headers
		case "[guest]":
			section = &list.Guest
		case "[libvirt]":
			section = &list.Libvirt
		case "[hvm]":
			section = &list.HVM
		case "[chains]":
			section = &list.Chains
		default:
			if section == nil {
				return List{}, fmt.Errorf("line %d: %q stands before a heading", number+1, line)
			}
			*section = append(*section, line)
		}
	}
	return list, nil
}
