package pci

import (
	"errors"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// errNoLink is the errno of readlink(2) for a file that is not a link.
const errNoLink = syscall.EINVAL

// unknownRevision is the Revision if it cannot be read, as for lspci.
const unknownRevision = 0xff

// readIdentity reads the ids of the device, by as few reads as possible.
//
// modalias has all ids. uevent has them too, but several kernels from Linux 6.10 on take
// the device's lock to show it (uevent_show in drivers/base/core.c), so that a reader
// waits for ever if an unbind does not return. Old and captured trees may have only the
// separate attributes, or only uevent, or only config.
func readIdentity(f folder, d *Device) error {
	id, err := firstIdentity(f)
	if err != nil {
		return err
	}
	d.Vendor, d.Device, d.Class = id.vendor, id.device, id.class
	d.SubVendor, d.SubDevice = id.subVendor, id.subDevice
	d.Modalias = id.modalias
	d.Revision = readRevision(f)
	return nil
}

// firstIdentity tries the sources in turn. The error is that of the attribute vendor,
// which every kernel has.
func firstIdentity(f folder) (identity, error) {
	if text, err := f.attribute("modalias"); err == nil {
		if id, ok := parseModalias(text); ok {
			return id, nil
		}
	}
	id, vendorErr := attributesIdentity(f)
	if vendorErr == nil {
		return id, nil
	}
	if text, err := f.read("uevent", sysfs.AttributeLimit); err == nil {
		if id, ok := parseUevent(string(text)); ok {
			return id, nil
		}
	}
	if config, err := f.read("config", configPCI); err == nil {
		if id, ok := configIdentity(config); ok {
			return id, nil
		}
	}
	return identity{}, vendorErr
}

// attributesIdentity reads the ids from separate attributes. If those of the subsystem
// are absent, config has them.
func attributesIdentity(f folder) (id identity, err error) {
	vendor, err := hexAttribute(f, "vendor", 4)
	if err != nil {
		return id, err
	}
	device, err := hexAttribute(f, "device", 4)
	if err != nil {
		return id, err
	}
	class, err := hexAttribute(f, "class", 6)
	if err != nil {
		return id, err
	}
	id.vendor, id.device, id.class = uint16(vendor), uint16(device), Class(class)
	subVendor, vendorErr := hexAttribute(f, "subsystem_vendor", 4)
	subDevice, deviceErr := hexAttribute(f, "subsystem_device", 4)
	if vendorErr == nil && deviceErr == nil {
		id.subVendor, id.subDevice = uint16(subVendor), uint16(subDevice)
	} else if config, err := f.read("config", configPCI); err == nil {
		id.subVendor, id.subDevice = configSubsystem(config)
	}
	return id, nil
}

// readRevision reads the revision, which kernels before 4.10 show only in config.
func readRevision(f folder) uint8 {
	if n, err := hexAttribute(f, "revision", 2); err == nil {
		return uint8(n)
	}
	config, err := f.read("config", configHeader)
	if err != nil || len(config) <= configRevision {
		return unknownRevision
	}
	return config[configRevision]
}

var errNotHex = errors.New("not a hexadecimal number of the expected length")

// hexAttribute reads an attribute as "0x8086".
func hexAttribute(f folder, name string, digits int) (uint32, error) {
	text, err := f.attribute(name)
	if err != nil {
		return 0, err
	}
	n, ok := hex(strings.TrimPrefix(text, "0x"), digits)
	if !ok {
		return 0, &sysfs.AttrError{Op: "read", Path: f.path(name), Err: errNotHex}
	}
	return n, nil
}
