package lspci

import "github.com/xenpci/xenpci/pkg/pci"

// Options are the flags of lspci that shape a list, and what it needs to know.
// The zero value is the plain list without any names.
type Options struct {
	IDs     IDs  // none, -n or -nn
	Domains bool // -D
	Kernel  bool // -k
	Machine int  // how often -m was given
	Verbose bool // -v, which means something with -m and with -t
	Hex     int  // how often -x was given
	Path    int  // how often -P was given
	Tree    bool // -t; the flags above it say nothing then, but for IDs and Verbose

	Names Names // what pci.ids says; nil: nothing. Not asked with Numeric

	// Modules gives the kernel modules for a modalias, in modprobe's order; nil
	// leaves the line out, as lspci does on a machine without module indexes.
	Modules func(modalias string) []string

	limit int // of a formatted name in bytes; 0 is nameLimit
}

// topology says whether the place of each device among the bridges matters.
func (o Options) topology() bool { return o.Tree || o.Path > 0 }

// parts is what has to be read of each device.
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
