package fakekernel

import (
	"path"
	"strings"
	"syscall"
)

// store calls the handler of one attribute.
func (k *kernel) store(file, value string) error {
	dir, attr := path.Dir(file), path.Base(file)
	switch {
	case dir == bus:
		return k.storeBus(attr, value)
	case path.Dir(dir) == drivers:
		return k.storeDriver(path.Base(dir), attr, value)
	case canonical(path.Base(dir)) && strings.HasPrefix(dir, "/sys/devices/"):
		return k.storeDevice(device{dir: dir, address: path.Base(dir)}, attr, value)
	}
	k.set(file, value) // an ordinary file, or an attribute without other effects
	return nil
}

const (
	bus     = "/sys/bus/pci"
	devices = bus + "/devices"
	drivers = bus + "/drivers"
)

func (k *kernel) storeBus(attr, value string) error {
	switch attr {
	case "drivers_probe":
		d, ok := k.find(value)
		if !ok {
			return syscall.ENODEV
		}
		k.probe(d)
	case "rescan":
		yes, err := parseFlag(value)
		if err != nil {
			return err
		}
		if yes {
			k.rescan()
		}
	default:
		k.set(bus+"/"+attr, value)
	}
	return nil
}

func (k *kernel) storeDriver(driver, attr, value string) error {
	switch attr {
	case "bind":
		return k.bindStore(driver, value)
	case "unbind":
		d, ok := k.find(value)
		if !ok || k.driverOf(d) != driver {
			return syscall.ENODEV
		}
		k.detach(d)
		return nil
	case "new_id":
		return k.newID(driver, value)
	case "remove_id":
		return k.removeID(driver, value)
	case "uevent":
		return nil
	}
	if driver == pciback {
		return k.storePciback(attr, value)
	}
	k.set(drivers+"/"+driver+"/"+attr, value)
	return nil
}

func (k *kernel) storeDevice(d device, attr, value string) error {
	switch attr {
	case "driver_override":
		return k.storeOverride(d, value)
	case "sriov_numvfs":
		return k.storeVFs(d, value)
	case "remove", "rescan":
		yes, err := parseFlag(value)
		switch {
		case err != nil:
			return err
		case yes && attr == "remove":
			k.unplug(d)
		case yes:
			k.rescan()
		}
		return nil
	case "reset":
		_, err := parseFlag(value)
		return err
	case "uevent":
		return nil
	}
	k.set(d.dir+"/"+attr, value)
	return nil
}
