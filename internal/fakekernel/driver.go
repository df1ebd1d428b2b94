package fakekernel

import (
	"path"
	"slices"
	"strings"
	"syscall"
)

const (
	// registered lists the drivers, one name a line, in the order of their
	// registration, in which they are probed for a device.
	registered = hidden + "/registered"

	// tables has a file for each driver of the machine, loaded or not: "module
	// NAME", "id MODALIAS-PATTERN", "sriov" if it configures VFs, "express" if it
	// takes only PCI Express devices, "revision 0x20 0xff".
	tables = hidden + "/drivers"
)

// driverOf returns the name of d's driver, "" for none.
func (k *kernel) driverOf(d device) string {
	to := k.target(d.dir + "/driver")
	if to == "" {
		return ""
	}
	return path.Base(to)
}

// table returns the values of one key of a driver's table.
func (k *kernel) table(driver, key string) []string {
	var values []string
	for _, line := range k.lines(tables + "/" + driver) {
		if word, value, _ := strings.Cut(line, " "); word == key {
			values = append(values, value)
		}
	}
	return values
}

// knows reports whether the driver's ID table has the device. pciback's has every device;
// its probe function decides.
func (k *kernel) knows(driver string, d device) bool {
	if driver == pciback {
		return true
	}
	modalias := k.attribute(d.dir + "/modalias")
	for _, pattern := range k.table(driver, "id") {
		if ok, err := path.Match(pattern, modalias); ok && err == nil {
			return true
		}
	}
	return false
}

// matches is pci_match_device (drivers/pci/pci-driver.c): an override allows one driver,
// whatever its IDs, and excludes all others.
func (k *kernel) matches(driver string, d device) bool {
	if name, set := k.override(d); set {
		return name == driver
	}
	return k.knows(driver, d)
}

// bindStore is bind_store (drivers/base/bus.c).
func (k *kernel) bindStore(driver, value string) error {
	d, ok := k.find(value)
	if !ok || !k.matches(driver, d) {
		return syscall.ENODEV
	}
	if k.driverOf(d) != "" {
		return syscall.EBUSY
	}
	return k.attach(driver, d)
}

// probe offers an unbound device to the drivers in the order of their registration.
func (k *kernel) probe(d device) {
	for _, driver := range k.lines(registered) {
		if k.driverOf(d) != "" {
			return
		}
		if k.matches(driver, d) {
			_ = k.attach(driver, d) // if it fails, the next one is tried
		}
	}
}

// attach is really_probe: the driver's own probe, then the links. It creates DEV/driver
// last, because that shows that everything is done.
func (k *kernel) attach(driver string, d device) error {
	if !k.mayProbe(d) {
		return syscall.ENODEV
	}
	if driver == pciback {
		if err := k.seize(d); err != nil {
			return err
		}
	} else {
		if k.refuses(driver, d) {
			return syscall.ENODEV
		}
		k.unstow(d, driver)
		k.reachCompanions(d, true)
		k.setEnable(d, "1")
	}
	k.setUevent(d, driver)
	k.emit("bind", d)
	k.link(drivers+"/"+driver+"/"+d.address, d.dir)
	k.link(d.dir+"/driver", drivers+"/"+driver)
	return nil
}

// refuses reports whether the probe of a driver rejects a device of its ID table: pcieport
// takes only PCI Express devices, 8139too and 8139cp depend on the chip's revision.
func (k *kernel) refuses(driver string, d device) bool {
	if len(k.table(driver, "express")) > 0 && !k.exists(d.dir+"/max_link_speed") {
		return true
	}
	for _, limits := range k.table(driver, "revision") {
		lowest, highest, _ := strings.Cut(limits, " ")
		if revision := k.attribute(d.dir + "/revision"); revision < lowest || revision > highest {
			return true
		}
	}
	return false
}

// mayProbe is pci_device_can_probe: a PF can disable probing of its VFs, except by a driver
// that an override names.
func (k *kernel) mayProbe(d device) bool {
	pf := k.target(d.dir + "/physfn")
	if pf == "" || k.attribute(pf+"/sriov_drivers_autoprobe") != "0" {
		return true
	}
	_, set := k.override(d)
	return set
}

// detach is device_release_driver. It never fails, not even for a mounted disk or a guest's
// device.
func (k *kernel) detach(d device) {
	driver := k.driverOf(d)
	if driver == "" {
		return
	}
	k.releaseVFs(d)
	if driver == pciback {
		k.release(d)
	} else {
		k.reachCompanions(d, false)
		k.freeLine(d)
		k.stow(d, driver)
	}
	k.setEnable(d, "0")
	k.setUevent(d, "")
	k.emit("unbind", d)
	k.remove(drivers + "/" + driver + "/" + d.address)
	k.remove(d.dir + "/driver")
}

func (k *kernel) setEnable(d device, value string) {
	if k.exists(d.dir + "/enable") {
		k.set(d.dir+"/enable", value+"\n")
	}
}

// setUevent sets the DRIVER line of DEV/uevent, or removes it.
func (k *kernel) setUevent(d device, driver string) {
	file := d.dir + "/uevent"
	if !k.exists(file) {
		return
	}
	lines := slices.DeleteFunc(k.lines(file), func(line string) bool { return strings.HasPrefix(line, "DRIVER=") })
	if driver != "" {
		lines = slices.Insert(lines, 0, "DRIVER="+driver)
	}
	k.setLines(file, lines)
}

// probeAll is driver_attach: every unbound device is offered to one driver.
func (k *kernel) probeAll(driver string) {
	for _, d := range k.all() {
		if k.driverOf(d) == "" && k.matches(driver, d) {
			_ = k.attach(driver, d) // if it fails, the other devices are still tried
		}
	}
}
