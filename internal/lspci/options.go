package lspci

import "github.com/xenpci/xenpci/pkg/pci"

// Options are the flags of lspci that determine the format of a list, and the sources of
// names. The zero value gives the plain list without names.
type Options struct {
	IDs     IDs  // none, -n or -nn
	Domains bool // -D
	Kernel  bool // -k
	Machine int  // number of -m flags
	Verbose bool // -v, which has an effect only with -m or -t
	Hex     int  // number of -x flags
	Path    int  // number of -P flags
	Tree    bool // -t; of the flags above, only IDs and Verbose have an effect then

	Names Names // nil means no names; not used with Numeric

	// Modules returns the kernel modules for a modalias, in modprobe's order. If it
	// is nil, the line is left out, as in lspci on a machine without module indexes.
	Modules func(modalias string) []string

	limit int // of a formatted name in bytes; 0 means nameLimit
}

// topology reports whether the list depends on the place of devices behind bridges.
func (o Options) topology() bool { return o.Tree || o.Path > 0 }

// parts returns which parts of each device must be read.
func (o Options) parts() (parts pci.Parts) {
	if o.topology() {
		parts |= pci.WithParent | pci.WithBuses
	}
	if o.Tree {
		return parts
	}
	if o.Kernel {
		parts |= pci.WithDriver
	}
	switch {
	case o.Machine == 0 && o.Kernel:
		parts |= pci.WithLabel
	case o.Machine > 0 && o.Verbose:
		parts |= pci.WithPlacement | pci.WithSlot
	}
	return parts
}
