package pcitree

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// identity draws ids, of which IDs names some.
func (d *drawing) identity(f *function) {
	f.vendor, f.device = d.vendor(), uint16(d.IntN(someDevices+1))
	f.subVendor, f.subDevice = choose(d, d.vendor(), d.vendor(), f.vendor, 0, 0xffff), uint16(d.IntN(someDevices+1))
	if d.once(6) {
		f.subVendor, f.subDevice = f.vendor, f.device
	}
	f.revision = choose[uint8](d, 0, 0, 1, 0x30, 0xff)
}

func (d *drawing) vendor() uint16 {
	if d.once(12) {
		return choose[uint16](d, 0, 0xffff, 0x2e2e, 0xabcd)
	}
	return firstVendor + uint16(d.IntN(someVendors))
}

func (d *drawing) class() uint32 {
	if d.once(12) {
		return uint32(d.IntN(1 << 24))
	}
	return uint32(choose(d, someBases...))<<16 | choose[uint32](d, 0, 0, 0x100, 0x200, 0x8000, 0xfe00) | choose[uint32](d, 0, 0, 1, 0x10, 0x30, 0x8a)
}

// configuration makes the registers that say the same as f.
func (d *drawing) configuration(f *function, header pci.HeaderType) []byte {
	config := make([]byte, 4096)
	for i := range config {
		if d.once(4) {
			config[i] = byte(d.Uint32())
		}
	}
	put := func(at int, value uint16) { binary.LittleEndian.PutUint16(config[at:], value) }
	put(0x00, f.vendor)
	put(0x02, f.device)
	put(0x06, 0)
	binary.LittleEndian.PutUint32(config[8:], f.class<<8|uint32(f.revision))
	config[0x0e] = byte(header) | byte(d.IntN(2))<<7
	switch header {
	case pci.HeaderDevice:
		put(0x2c, f.subVendor)
		put(0x2e, f.subDevice)
	case pci.HeaderBridge: // the subsystem is a capability, maybe behind another
		put(0x06, 1<<4)
		config[0x34] = choose[byte](d, 0x40, 0x50)
		copy(config[0x40:], "\x01\x50\x03\x00")
		copy(config[0x50:], []byte{0x0d, choose[byte](d, 0x00, 0x40), 0, 0})
		put(0x54, f.subVendor)
		put(0x56, f.subDevice)
		if d.once(4) {
			put(0x06, 0)
		}
	case pci.HeaderCardBus:
		put(0x40, f.subVendor)
		put(0x42, f.subDevice)
	}
	return config
}

// lie lets the registers say something else than the kernel, which corrects
// what it knows to be wrong.
func (d *drawing) lie(f *function) {
	switch d.IntN(4) {
	case 0:
		f.class = choose(d, d.class(), 0x060400)
	case 1:
		f.revision++
	case 2:
		f.subVendor, f.subDevice = d.vendor(), 0
	case 3: // it has fallen off the bus
		for i := range f.config {
			f.config[i] = 0xff
		}
	}
}

// firmware adds what is not of the device itself: its driver, its label, the
// place where it sits.
func (d *drawing) firmware(f *function) {
	if d.once(2) {
		driver := choose(d, "3c59x", "pciback", "e1000e", "snd_hda_intel", "mpt3sas-odd", "8139too")
		f.links["driver"] = "/sys/bus/pci/drivers/" + driver
	}
	if d.once(5) {
		f.files["label"] = choose(d, "Onboard LAN\n", "Onboard - Video", " two\nlines\n", "r\xe9seau \"\\\n", "", "\n", strings.Repeat("long ", 200)+"\n")
	}
	if !d.once(3) {
		f.files["numa_node"] = fmt.Sprintf("%d\n", choose(d, -1, -1, 0, 1, 12))
	}
	if d.once(3) {
		f.links["iommu_group"] = fmt.Sprintf("/sys/kernel/iommu_groups/%d", d.IntN(100))
	}
	if d.once(10) {
		f.links["of_node"] = "/sys/firmware/devicetree/base/soc/pcie@" + fmt.Sprintf("%x", d.IntN(1<<16))
	}
}

// withhold takes away what this kernel, this capture or this one device lacks.
func (d *drawing) withhold(f *function) {
	sizes := []int{4096, 4096, 4096, 256, 256, 64}
	names := d.withheld
	if d.IntN(100) < d.odd {
		switch d.IntN(5) {
		case 0:
			names = append(names[:len(names):len(names)], "revision")
		case 1:
			names = append(names[:len(names):len(names)], "uevent", "modalias", "subsystem_vendor", "subsystem_device")
		case 2:
			names = append(names[:len(names):len(names)], "modalias")
		default:
			sizes = []int{0, 3, 63, 64, 128, 200, 256, 1000, 4096}
		}
	}
	for _, name := range names {
		f.files[name] = absent
	}
	f.config = f.config[:choose(d, sizes...)]
	if d.noConfig || d.IntN(400) < d.odd {
		f.config = nil
	}
}

// place puts some functions into slots that have names, one or two for each.
func (d *drawing) place(f *function) {
	if !d.once(6) {
		return
	}
	at := f.at.SlotString()
	for range 1 + d.IntN(2)*d.IntN(2) {
		s := slot{name: choose(d, fmt.Sprint(d.IntN(64)), fmt.Sprintf("%d-%d", d.IntN(8), d.IntN(8)), fmt.Sprintf("Slot %d", d.IntN(100)))}
		switch d.IntN(10) {
		case 4:
			s.address = "nowhere\n"
		case 5: // of a driver that shows none
			s.address = absent
		case 0:
			s.address = at // without a newline
		case 1:
			s.address = strings.ToUpper(at) + "\n"
		case 2:
			s.address = fmt.Sprintf("%x:%x:%x\n", f.at.Domain, f.at.Bus, f.at.Slot)
		case 3: // no card was ever in it
			s.address = fmt.Sprintf("%04x:%02x\n", f.at.Domain, f.at.Bus)
		default:
			s.address = at + "\n"
		}
		d.slots = append(d.slots, s)
	}
}
