package fakekernel

import (
	"path"
	"slices"
	"strings"
)

// stowed returns the directory with what a driver creates below its device (a network
// interface, a disk, a sound card), and with the links to that, while the driver does not
// have the device.
func stowed(d device, driver string) string { return hidden + "/stowed/" + d.address + "/" + driver }

// madeByDrivers returns the names of the directories that drivers create; a trailing *
// stands for a number.
func madeByDrivers() []string {
	return []string{"net", "nvme", "drm", "sound", "graphics", "hwmon", "block", "ptp", "mmc_host", "infiniband",
		"mdio_bus", "msi_irqs", "ata*", "host*", "usb*", "virtio*", "i2c-*"}
}

func madeByDriver(address, name string) bool {
	if strings.HasPrefix(name, address+":") {
		return true // a service of a PCI Express port
	}
	return slices.ContainsFunc(madeByDrivers(), func(made string) bool {
		prefix, numbered := strings.CutSuffix(made, "*")
		return name == prefix && !numbered || numbered && strings.HasPrefix(name, prefix)
	})
}

func (k *kernel) stow(d device, driver string) {
	for _, name := range k.names(d.dir) {
		if !madeByDriver(d.address, name) {
			continue
		}
		made := d.dir + "/" + name
		links := k.linksInto(made)
		for _, link := range links {
			k.listOnce(stowed(d, driver)+"/links", link+" "+k.target(link))
		}
		for _, link := range links {
			k.remove(link)
		}
		k.move(made, stowed(d, driver)+"/made/"+name)
	}
}

func (k *kernel) unstow(d device, driver string) {
	dir := stowed(d, driver)
	for _, name := range k.names(dir + "/made") {
		k.move(dir+"/made/"+name, d.dir+"/"+name)
	}
	for _, line := range k.lines(dir + "/links") {
		link, target, _ := strings.Cut(line, " ")
		k.link(link, target)
	}
	k.remove(dir)
}

// linksInto returns the links of classes and buses that lead to dir or below it.
func (k *kernel) linksInto(dir string) []string {
	lists := []string{"/sys/block", "/sys/dev/block", "/sys/dev/char"}
	for _, class := range k.names("/sys/class") {
		lists = append(lists, "/sys/class/"+class)
	}
	for _, name := range k.names("/sys/bus") {
		lists = append(lists, "/sys/bus/"+name+"/devices")
	}
	var found []string
	for _, list := range lists {
		for _, name := range k.names(list) {
			link := path.Join(list, name)
			if to := k.target(link); to == dir || strings.HasPrefix(to, dir+"/") {
				found = append(found, link)
			}
		}
	}
	return found
}
