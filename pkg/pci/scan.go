package pci

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// devicesDir holds one link for each PCI function.
const devicesDir = "/sys/bus/pci/devices"

// Parts chooses what Read reads beside the identity of a device.
type Parts uint8

// Each part costs one system call or three for every device.
const (
	WithDriver Parts = 1 << iota // Driver
	WithParent                   // Parent and Above
	WithLabel                    // Label
)

// Scan reads all PCI devices below root, sorted by address: their identity,
// Driver, Parent, Above and Siblings.
//
// What can be read is returned, and the error joins one *DeviceError for each
// device that cannot, be it broken or gone while the scan went on. Without any
// PCI bus the error has fs.ErrNotExist in its chain.
//
// Nothing that Scan reads waits for a driver: a device that is stuck in a
// driver's probe or remove can be listed like any other.
func Scan(root string) ([]Device, error) {
	addresses, listErr := List(root)
	devices, err := Read(root, addresses, WithDriver|WithParent)
	fillSiblings(devices, addresses)
	return devices, errors.Join(listErr, err)
}

// List returns the addresses of all PCI functions below root in order: one
// reading of /sys/bus/pci/devices. An entry there that is no address is a
// *DeviceError, and the others are returned.
func List(root string) ([]Address, error) {
	names, err := sysfs.New(root).List(devicesDir)
	if err != nil {
		return nil, fmt.Errorf("PCI devices: %w", err)
	}
	var errs []error
	addresses := make([]Address, 0, len(names))
	for _, name := range names {
		a, ok := ParseName(name)
		switch {
		case ok:
			addresses = append(addresses, a)
		case !strings.HasPrefix(name, "."):
			errs = append(errs, &DeviceError{Name: name, Err: errors.New("this is no PCI address")})
		}
	}
	slices.SortFunc(addresses, Address.Compare)
	return addresses, errors.Join(errs...)
}

// Read reads the identity of the devices at these addresses, in this order,
// and the parts that are asked for. Errors are as those of Scan.
func Read(root string, addresses []Address, parts Parts) ([]Device, error) {
	fsys := sysfs.New(root)
	var errs []error
	devices := make([]Device, 0, len(addresses))
	for _, a := range addresses {
		d, err := read(fsys, a, parts)
		if err != nil {
			errs = append(errs, &DeviceError{Name: a.String(), Err: err})
			continue
		}
		devices = append(devices, d)
	}
	return devices, errors.Join(errs...)
}

func read(fsys sysfs.FS, a Address, parts Parts) (Device, error) {
	d := Device{Address: a}
	dir := devicesDir + "/" + a.String()
	if err := readIdentity(fsys, dir, &d); err != nil {
		return d, err
	}
	if parts&WithDriver != 0 {
		driver, err := linkName(fsys, dir+"/driver")
		if err != nil {
			return d, err
		}
		d.Driver = driver
	}
	if parts&WithParent != 0 {
		if err := readAbove(fsys, dir, &d); err != nil {
			return d, err
		}
	}
	if parts&WithLabel != 0 {
		d.Label = readLabel(fsys, dir)
	}
	return d, nil
}

// readAbove finds the bridges in the target of the device's own link:
// ../../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0. A tree whose devices
// are plain folders does not say.
func readAbove(fsys sysfs.FS, dir string, d *Device) error {
	target, err := fsys.Readlink(dir)
	if errors.Is(err, errNoLink) {
		return nil
	}
	if err != nil {
		return err
	}
	folders := strings.Split(path.Dir(target), "/")
	for i, folder := range folders {
		a, ok := ParseName(folder)
		if !ok {
			continue
		}
		d.Above = append(d.Above, a)
		if i == len(folders)-1 {
			d.Parent = &a
		}
	}
	return nil
}

// linkName is the last part of what a link points at, or "" where there is no
// such link.
func linkName(fsys sysfs.FS, name string) (string, error) {
	target, err := fsys.Readlink(name)
	if sysfs.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return path.Base(target), nil
}

// fillSiblings gives each device the other functions of its slot. Both lists
// are sorted.
func fillSiblings(devices []Device, addresses []Address) {
	for i := range devices {
		a := devices[i].Address
		first, _ := slices.BinarySearchFunc(addresses, Address{a.Domain, a.Bus, a.Slot, 0}, Address.Compare)
		for _, b := range addresses[first:] {
			if !a.SameSlot(b) {
				break
			}
			if a != b {
				devices[i].Siblings = append(devices[i].Siblings, b)
			}
		}
	}
}
