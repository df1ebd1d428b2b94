package machine

import (
	"fmt"
	"strconv"
)

// Made is a device that a driver creates below its PCI device and lists in a class.
type Made interface {
	build(b *builder, dir string)
}

// netDevice is a network interface.
type netDevice struct {
	name, mac string
	index     int
}

func (n netDevice) build(b *builder, dir string) {
	at := dir + "/net/" + n.name
	b.attribute(at+"/address", n.mac)
	b.attribute(at+"/ifindex", strconv.Itoa(n.index))
	b.attribute(at+"/type", "1")
	b.attribute(at+"/operstate", "up")
	b.file(at+"/mtu", 0o644, "1500\n")
	b.file(at+"/flags", 0o644, "0x1003\n")
	b.file(at+"/uevent", 0o644, fmt.Sprintf("INTERFACE=%s\nIFINDEX=%d\n", n.name, n.index))
	b.link(at+"/device", dir)
	b.class("net", n.name, at)
}

// class lists dir in its class.
func (b *builder) class(class, name, dir string) {
	b.link(dir+"/subsystem", "/sys/class/"+class)
	b.link("/sys/class/"+class+"/"+name, dir)
}

// disk is a block device with its partitions, below its controller's directories.
type disk struct {
	below      string // "ata1/host0/target0:0:0/0:0:0:0/block", "nvme/nvme0"
	name       string
	numbers    string // "8:0"; its partitions have the following numbers
	sectors    int
	partitions []string
	nvme       string // the NVMe controller; "" for other disks
	model      string
}

func (d disk) build(b *builder, dir string) {
	if d.nvme != "" {
		at := dir + "/nvme/" + d.nvme
		b.attribute(at+"/model", d.model)
		b.attribute(at+"/state", "live")
		b.attribute(at+"/transport", "pcie")
		b.link(at+"/device", dir)
		b.class("nvme", d.nvme, at)
	}
	at := dir + "/" + d.below + "/" + d.name
	b.block(at, d.name, d.numbers, d.sectors)
	var major, minor int
	if _, err := fmt.Sscanf(d.numbers, "%d:%d", &major, &minor); err != nil {
		panic(fmt.Sprintf("disk %s: numbers %q: %v", d.name, d.numbers, err))
	}
	for i, name := range d.partitions {
		part := at + "/" + name
		b.attribute(part+"/partition", strconv.Itoa(i+1))
		b.block(part, name, fmt.Sprintf("%d:%d", major, minor+i+1), d.sectors/2)
	}
	b.link("/sys/block/"+d.name, at)
}

func (b *builder) block(at, name, numbers string, sectors int) {
	b.attribute(at+"/dev", numbers)
	b.attribute(at+"/size", strconv.Itoa(sectors))
	b.dir(at + "/holders")
	b.dir(at + "/slaves")
	b.class("block", name, at)
	b.link("/sys/dev/block/"+numbers, at)
}

// usbBus is a host controller's root hub.
type usbBus struct {
	number  int
	product string
}

func (u usbBus) build(b *builder, dir string) {
	name := "usb" + strconv.Itoa(u.number)
	at := dir + "/" + name
	b.attribute(at+"/busnum", strconv.Itoa(u.number))
	b.attribute(at+"/idVendor", "1d6b")
	b.attribute(at+"/idProduct", u.product)
	b.attribute(at+"/bDeviceClass", "09")
	b.link(at+"/subsystem", "/sys/bus/usb")
	b.link("/sys/bus/usb/devices/"+name, at)
}

// card is a sound card or a graphics card, depending on its class.
type card struct {
	class, name string
}

func (c card) build(b *builder, dir string) {
	at := dir + "/" + c.class + "/" + c.name
	b.file(at+"/uevent", 0o644, "")
	b.link(at+"/device", dir)
	b.class(c.class, c.name, at)
}
