package lspci

import (
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// machineLine writes the line of -m and -mm, which a shell can split into words:
//
//	00:09.0 "Ethernet controller" "3Com Corporation" "3c905B ..." -r30 -p00 "Dell" "Device 0080"
func (p *printer) machineLine(d pci.Device, at string) {
	p.text(at)
	p.quoted(p.class(d.Class), p.vendor(d.Vendor), p.model(d.Vendor, d.Device))
	if d.Revision != 0 {
		p.text(" -r", hex2(d.Revision))
	}
	p.text(" -p", hex2(d.Class.Interface()))
	if subVendor, subDevice, ok := d.Subsystem(); ok {
		p.quoted(p.subVendor(subVendor), p.subDevice(d.Vendor, d.Device, subVendor, subDevice))
	} else {
		p.quoted("", "")
	}
	p.text("\n")
}

// shellEscapes are the only escapes that lspci makes: a shell would still expand $ and `.
var shellEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// quoted writes words in double quotes, a blank before each.
func (p *printer) quoted(words ...string) {
	for _, word := range words {
		p.text(` "`, shellEscapes.Replace(word), `"`)
	}
}

// machineBlock writes the lines of -vmm, each a tag and a value, without the firmware's
// label. In -vm, the older form, the first tag is Device, like the fourth. -k adds driver
// and modules here, but not in machineLine.
//
// The caller writes the empty line at the end of the block, because a dump may precede it.
func (p *printer) machineBlock(d pci.Device, at string) {
	first := "Device"
	if p.Machine >= 2 {
		first = "Slot"
	}
	p.tagged(first, at)
	p.tagged("Class", p.class(d.Class))
	p.tagged("Vendor", p.vendor(d.Vendor))
	p.tagged("Device", p.model(d.Vendor, d.Device))
	if subVendor, subDevice, ok := d.Subsystem(); ok {
		p.tagged("SVendor", p.subVendor(subVendor))
		p.tagged("SDevice", p.subDevice(d.Vendor, d.Device, subVendor, subDevice))
	}
	p.tagged("PhySlot", d.PhysicalSlot)
	if d.Revision != 0 {
		p.tagged("Rev", hex2(d.Revision))
	}
	p.tagged("ProgIf", hex2(d.Class.Interface()))
	if p.Kernel {
		p.tagged("Driver", d.Driver)
		for _, module := range p.modules(&d) {
			p.tagged("Module", module)
		}
	}
	if d.NUMANode != nil {
		p.tagged("NUMANode", strconv.Itoa(*d.NUMANode))
	}
	p.tagged("DTNode", d.Node)
	p.tagged("IOMMUGroup", d.IOMMUGroup)
}

// tagged writes one line of a block, or nothing if there is no value. Values are not
// quoted.
func (p *printer) tagged(tag, value string) {
	if value != "" {
		p.text(tag, ":\t", value, "\n")
	}
}
