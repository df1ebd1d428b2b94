package xencfg

import "strings"

// Names returns the names of the configuration files that xen.efi looks for in its own
// folder, in that order, if its command line does not name one. binary is its own name:
// "xen-4.17.efi" has "xen-4.17.cfg", "xen-4.cfg" and "xen.cfg" (point_tail in
// xen/common/efi/boot.c).
func Names(binary string) []string {
	var names []string
	for {
		at := strings.LastIndexAny(binary, ".-_")
		if at < 0 || len(names) == maxNames {
			return names
		}
		binary = binary[:at]
		names = append(names, binary+".cfg")
	}
}

// maxNames is how many names are tried. A file name has at most 255 characters.
const maxNames = 256
