package lspci

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Options are the flags of lspci that shape a list. The zero value is the
// plain list without any names.
type Options struct {
	IDs     IDs   // none, -n or -nn
	Domains bool  // -D, or Select found a domain other than 0
	Kernel  bool  // -k
	Names   Names // what pci.ids says; nil: nothing. Not asked with Numeric

	// Modules gives the kernel modules for a modalias, in modprobe's order; nil
	// leaves the line out, as lspci does on a machine without module indexes.
	Modules func(modalias string) []string

	limit int // of a formatted name in bytes; 0 is nameLimit
}

// List writes a line for each device, in their order, and with Kernel up to
// four more. The error is the writer's.
func List(w io.Writer, devices []pci.Device, o Options) error {
	buffered := bufio.NewWriter(w)
	p := printer{Writer: buffered, Options: o, formatter: newFormatter(o)}
	for _, d := range devices {
		p.device(d)
		if o.Kernel {
			p.kernel(d)
		}
	}
	return buffered.Flush()
}

// printer relies on bufio.Writer, which keeps the first error until Flush.
type printer struct {
	*bufio.Writer
	Options
	formatter
}

// device writes "00:09.0 Ethernet controller: 3Com Corporation ... (rev 30)".
func (p printer) device(d pci.Device) {
	at := d.Address.Short()
	if p.Domains {
		at = d.Address.String()
	}
	fmt.Fprintf(p, "%s %s: %s", at, p.class(d.Class), p.pair(d.Vendor, d.Device))
	if d.Revision != 0 {
		fmt.Fprintf(p, " (rev %02x)", d.Revision)
	}
	_ = p.WriteByte('\n') // the buffer keeps its error for Flush
}

// kernel writes what -k adds: the firmware's name, the maker's name, driver and
// modules.
func (p printer) kernel(d pci.Device) {
	if d.Label != nil {
		fmt.Fprintf(p, "\tDeviceName: %s", *d.Label)
	}
	if subVendor, subDevice, ok := d.Subsystem(); ok {
		fmt.Fprintf(p, "\tSubsystem: %s\n", p.subsystem(d.Vendor, d.Device, subVendor, subDevice))
	}
	if d.Driver != "" {
		fmt.Fprintf(p, "\tKernel driver in use: %s\n", d.Driver)
	}
	if p.Modules == nil {
		return
	}
	if modules := p.Modules(d.Modalias); len(modules) > 0 {
		fmt.Fprintf(p, "\tKernel modules: %s\n", strings.Join(modules, ", "))
	}
}
