package lspci

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// outputBuffer is the size of the output buffer, in bytes.
const outputBuffer = 16 << 10

// List writes what lspci writes about the devices below root that the filter selects. It
// does not read devices that the filter excludes by address, and reads only what the
// options need.
//
// The error joins a *pci.DeviceError for each device that could not be read; the others
// are listed. If there is no PCI bus, fs.ErrNotExist is in its chain. An error of the
// writer is returned alone.
func List(w io.Writer, root string, filter pci.Filter, o Options) error {
	addresses, listErr := pci.List(root)
	p := newPrinter(w, root, o)
	p.outside = outsideDomain0(addresses)
	var readErr error
	if o.topology() {
		readErr = p.inTopology(addresses, filter)
	} else {
		readErr = p.oneByOne(addresses, filter)
	}
	if err := p.Flush(); err != nil {
		return err
	}
	return errors.Join(listErr, readErr)
}

// outsideDomain0 reports whether any device of the machine, selected or not, is outside
// domain 0. Then lspci shows the domain of all devices.
func outsideDomain0(addresses []pci.Address) bool {
	// They are sorted.
	return len(addresses) > 0 && addresses[len(addresses)-1].Domain != 0
}

// oneByOne reads and lists one device after the other.
func (p *printer) oneByOne(addresses []pci.Address, filter pci.Filter) error {
	var errs []error
	matching := addresses[:0]
	for _, a := range addresses {
		if filter.MatchAddress(a) {
			matching = append(matching, a)
		}
	}
	for d, err := range pci.Each(p.root, matching, p.parts()) {
		switch {
		case err != nil:
			errs = append(errs, err)
		case filter.Match(*d):
			p.device(d, p.at(d))
		}
	}
	return errors.Join(errs...)
}

// inTopology lists devices by their place in the topology, for which it reads all of them.
func (p *printer) inTopology(addresses []pci.Address, filter pci.Filter) error {
	devices, err := pci.Read(p.root, addresses, p.parts())
	domains := topology.Grow(devices)
	if p.Tree {
		chosen := filter.Match
		if filter == (pci.Filter{}) {
			chosen = nil
		}
		p.tree(domains, chosen)
		return err
	}
	places := make(map[pci.Address]string, len(devices))
	for f := range topology.All(domains) {
		places[f.Device.Address] = path(f, p.Path)
	}
	for i := range devices {
		if d := &devices[i]; filter.Match(*d) {
			p.device(d, p.domain(d)+places[d.Address])
		}
	}
	return err
}

// printer writes the list. It relies on bufio.Writer, which keeps the first error until
// Flush.
type printer struct {
	*bufio.Writer
	Options
	formatter
	root    string
	outside bool // a device of the machine is outside domain 0
	last    claimed
}

// claimed is a modalias and its modules, cached because consecutive functions, such as
// virtual functions, often have the same modalias.
type claimed struct {
	modalias string
	modules  []string
}

func newPrinter(w io.Writer, root string, o Options) *printer {
	return &printer{
		Writer:    bufio.NewWriterSize(w, outputBuffer),
		Options:   o,
		formatter: newFormatter(o),
		root:      root,
	}
}

// device writes everything about one device. at is its address as shown.
func (p *printer) device(d *pci.Device, at string) {
	switch {
	case p.Machine > 0 && p.Verbose:
		p.machineBlock(*d, at)
	case p.Machine > 0:
		p.machineLine(*d, at)
	default:
		p.line(d, at)
		if p.Kernel {
			p.kernel(d)
		}
	}
	if p.Hex > 0 {
		p.hex(d.Address)
	}
	if p.Verbose || p.Hex > 0 {
		p.text("\n")
	}
}

// at returns the address as lspci shows it.
func (p *printer) at(d *pci.Device) string {
	if whole := d.Address.String(); p.domain(d) != "" {
		return whole
	}
	a := d.Address
	a.Domain = 0
	return a.Short()
}

// domain returns the domain and a colon if the domain is shown. In the machine-readable
// formats that depends on the device; otherwise it is the same for all devices.
func (p *printer) domain(d *pci.Device) string {
	if p.Domains || (p.Machine == 0 && p.outside) || (p.Machine > 0 && d.Address.Domain != 0) {
		slot := d.Address.String()
		return slot[:len(slot)-len("00:00.0")]
	}
	return ""
}

// text writes strings one after the other.
func (p *printer) text(parts ...string) {
	for _, part := range parts {
		_, _ = p.WriteString(part) // the buffer keeps its error for Flush
	}
}

// line writes "00:09.0 Ethernet controller: 3Com Corporation ... (rev 30)".
func (p *printer) line(d *pci.Device, at string) {
	p.text(at, " ", p.class(d.Class), ": ", p.pair(d.Vendor, d.Device))
	if d.Revision != 0 {
		p.text(" (rev ", hex2(d.Revision), ")")
	}
	p.text("\n")
}

// kernel writes what -k adds: the firmware's label, the subsystem, the driver and the
// modules.
func (p *printer) kernel(d *pci.Device) {
	if d.Label != nil {
		p.text("\tDeviceName: ", *d.Label)
	}
	if subVendor, subDevice, ok := d.Subsystem(); ok {
		p.text("\tSubsystem: ", p.subsystem(d.Vendor, d.Device, subVendor, subDevice), "\n")
	}
	if d.Driver != "" {
		p.text("\tKernel driver in use: ", d.Driver, "\n")
	}
	if modules := p.modules(d); len(modules) > 0 {
		p.text("\tKernel modules: ", strings.Join(modules, ", "), "\n")
	}
}

// modules returns the modules of a device; none if the indexes cannot be read.
func (p *printer) modules(d *pci.Device) []string {
	if p.Modules == nil {
		return nil
	}
	if p.last.modalias != d.Modalias {
		p.last = claimed{d.Modalias, p.Modules(d.Modalias)}
	}
	return p.last.modules
}
