package machine

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// directory returns the directory of a device in sysfs, below the bridges that lead to it.
func (b *builder) directory(d Device) string {
	domain, bus := d.location()
	for _, bridge := range b.machine.Devices {
		at, _ := bridge.location()
		if bridge.Header == 1 && at == domain && bridge.Buses[0] == bus {
			return b.directory(bridge) + "/" + d.Address
		}
	}
	root := fmt.Sprintf("/pci%s:%02x/", domain, bus)
	if d.Below != "" {
		return b.directory(b.find(d.Below)) + root + d.Address
	}
	return "/sys/devices" + root + d.Address
}

func (b *builder) find(address string) Device {
	for _, d := range b.machine.Devices {
		if d.Address == address {
			return d
		}
	}
	return Device{Address: address}
}

func (d Device) location() (domain string, bus byte) {
	fields := strings.Split(d.Address, ":")
	number, _ := strconv.ParseUint(fields[1], 16, 8)
	return fields[0], byte(number)
}

// ids splits "8086:100e" into numbers.
func ids(text string) (vendor, product uint16) {
	left, right, _ := strings.Cut(text, ":")
	v, _ := strconv.ParseUint(left, 16, 16)
	p, _ := strconv.ParseUint(right, 16, 16)
	return uint16(v), uint16(p)
}

// device adds the directory of a device, and every link that leads to it.
func (b *builder) device(d Device) {
	home := b.directory(d)
	dir := home
	if d.PF != "" {
		dir = b.virtual(d, dir)
	}
	b.linkAsIf(dir+"/subsystem", home, "/sys/bus/pci")
	b.identity(d, dir)
	b.controls(d, dir)
	if d.Absent {
		return
	}
	b.link("/sys/bus/pci/devices/"+d.Address, dir)
	if d.Driver != "" {
		b.link(dir+"/driver", "/sys/bus/pci/drivers/"+d.Driver)
		b.link("/sys/bus/pci/drivers/"+d.Driver+"/"+d.Address, dir)
	}
	for _, made := range d.Makes {
		made.build(b, dir)
	}
	if d.Driver == "pcieport" {
		b.portService(d, dir)
	}
}

// portService adds what pcieport makes of a port.
func (b *builder) portService(d Device, dir string) {
	service := dir + "/" + d.Address + ":pcie001"
	b.file(service+"/uevent", 0o644, "")
	b.link(service+"/subsystem", "/sys/bus/pci_express")
	b.link("/sys/bus/pci_express/devices/"+path.Base(service), service)
}

// virtual adds the links of a VF, and returns its directory, which is elsewhere if the VF is
// not enabled.
func (b *builder) virtual(d Device, dir string) string {
	number := 0
	for _, other := range b.machine.Devices {
		if other.PF != d.PF {
			continue
		}
		if other.Address == d.Address {
			break
		}
		number++
	}
	pf := b.directory(b.find(d.PF))
	if d.Absent {
		kept := fmt.Sprintf("/.fakekernel/vfs/%s/%d/%s", d.PF, number, d.Address)
		b.linkAsIf(kept+"/physfn", dir, pf)
		return kept
	}
	b.link(dir+"/physfn", pf)
	b.link(fmt.Sprintf("%s/virtfn%d", pf, number), dir)
	return dir
}

// identity adds the attributes that never change.
func (b *builder) identity(d Device, dir string) {
	vendor, product := ids(d.ID)
	subvendor, subproduct := ids(d.Subsystem)
	b.attribute(dir+"/vendor", fmt.Sprintf("0x%04x", vendor))
	b.attribute(dir+"/device", fmt.Sprintf("0x%04x", product))
	b.attribute(dir+"/class", fmt.Sprintf("0x%06x", d.Class))
	b.attribute(dir+"/revision", fmt.Sprintf("0x%02x", d.Revision))
	b.attribute(dir+"/subsystem_vendor", fmt.Sprintf("0x%04x", subvendor))
	b.attribute(dir+"/subsystem_device", fmt.Sprintf("0x%04x", subproduct))
	modalias := fmt.Sprintf("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", vendor, product, subvendor, subproduct,
		byte(d.Class>>16), byte(d.Class>>8), byte(d.Class))
	b.attribute(dir+"/modalias", modalias)
	driver := ""
	if d.Driver != "" && !d.Absent {
		driver = "DRIVER=" + d.Driver + "\n"
	}
	b.file(dir+"/uevent", 0o644, fmt.Sprintf("%sPCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=%s\nMODALIAS=%s\n",
		driver, d.Class, vendor, product, subvendor, subproduct, d.Address, modalias))
	b.file(dir+"/config", 0o644, string(d.config()))
	b.file(dir+"/resource", 0o444, d.resource())
	if d.BootVGA {
		b.attribute(dir+"/boot_vga", "1")
	}
	if d.Express {
		b.attribute(dir+"/max_link_speed", "8.0 GT/s PCIe")
		b.attribute(dir+"/max_link_width", "4")
		b.attribute(dir+"/current_link_speed", "8.0 GT/s PCIe")
		b.attribute(dir+"/current_link_width", "4")
	}
}

// controls adds the attributes that can be written, or that depend on the driver.
func (b *builder) controls(d Device, dir string) {
	enable, node := "0\n", d.Node
	if d.Driver != "" && !d.Absent {
		enable = "1\n"
	}
	if b.machine.Nodes < 2 {
		node = -1
	}
	b.file(dir+"/driver_override", 0o644, "(null)\n")
	b.file(dir+"/enable", 0o644, enable)
	b.file(dir+"/numa_node", 0o644, fmt.Sprintln(node))
	b.attribute(dir+"/irq", strconv.Itoa(d.IRQ))
	b.file(dir+"/remove", 0o220, "")
	b.file(dir+"/rescan", 0o200, "")
	b.file(dir+"/msi_bus", 0o644, "1\n")
	b.file(dir+"/power/control", 0o644, "on\n")
	if d.Reset != "" {
		b.file(dir+"/reset", 0o200, "")
		b.file(dir+"/reset_method", 0o644, d.Reset+"\n")
	}
	total, enabled := 0, 0
	for _, vf := range b.machine.Devices {
		if vf.PF == d.Address {
			total++
			if !vf.Absent {
				enabled++
			}
		}
	}
	if total > 0 {
		b.attribute(dir+"/sriov_totalvfs", strconv.Itoa(total))
		b.file(dir+"/sriov_numvfs", 0o644, fmt.Sprintln(enabled))
		b.file(dir+"/sriov_drivers_autoprobe", 0o644, "1\n")
	}
}
