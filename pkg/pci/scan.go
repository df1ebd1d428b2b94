package pci

import (
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// devicesDir holds one link for each PCI function.
const devicesDir = "/sys/bus/pci/devices"

// Parts says what Read reads besides the identity of a device.
type Parts uint16

// Each part costs one to three system calls per device; WithBuses accesses the device
// itself, which costs more, and WithDetails is several parts.
const (
	WithDriver    Parts = 1 << iota // Driver
	WithParent                      // Parent and Above
	WithLabel                       // Label
	WithBuses                       // Behind
	WithPlacement                   // NUMANode, IOMMUGroup and Node
	WithSlot                        // PhysicalSlot
	WithFunctions                   // Siblings, PhysFn and VirtFns
	WithReset                       // CanReset
	WithRegions                     // Regions
	withRest                        // ResetMethods, IRQ and Enabled

	WithDetails = WithFunctions | WithReset | WithRegions | withRest
)

// Scan reads all PCI devices below root, sorted by address: their identity, Driver,
// Parent, Above and Siblings.
//
// It returns the devices that can be read, and an error that joins one *DeviceError for
// each that cannot, because it is broken or was removed meanwhile. On a machine without
// a PCI bus the error has fs.ErrNotExist in its chain.
//
// Scan never waits for a driver: it also lists a device that is stuck in a driver's
// probe or remove.
func Scan(root string) ([]Device, error) {
	addresses, listErr := List(root)
	devices, err := Read(root, addresses, WithDriver|WithParent)
	for i := range devices {
		devices[i].Siblings = siblings(devices[i].Address, addresses)
	}
	return devices, errors.Join(listErr, err)
}

// List returns the addresses of all PCI functions below root, sorted, from one listing of
// /sys/bus/pci/devices. An entry that is not an address is a *DeviceError in the error,
// and the others are returned.
func List(root string) ([]Address, error) {
	names, err := sysfs.New(root).List(devicesDir)
	if err != nil {
		return nil, fmt.Errorf("PCI devices: %w", attributeError(err))
	}
	var errs []error
	addresses := make([]Address, 0, len(names))
	for _, name := range names {
		a, ok := ParseName(name)
		switch {
		case ok:
			addresses = append(addresses, a)
		case !strings.HasPrefix(name, "."):
			errs = append(errs, &DeviceError{Name: name, Err: errors.New("not a PCI address")})
		}
	}
	slices.SortFunc(addresses, Address.Compare)
	return addresses, errors.Join(errs...)
}

// Read reads the identity of the devices at these addresses, in this order, and the
// given parts. It returns the errors as Scan does.
func Read(root string, addresses []Address, parts Parts) ([]Device, error) {
	return collect(Each(root, addresses, parts), len(addresses))
}

// ReadAll reads as Read does. The addresses are those of all devices, from List,
// and the siblings of each are looked for among them.
func ReadAll(root string, addresses []Address, parts Parts) ([]Device, error) {
	return collect(each(root, addresses, parts, func() []Address { return addresses }), len(addresses))
}

func collect(read iter.Seq2[*Device, error], n int) ([]Device, error) {
	var errs []error
	devices := make([]Device, 0, n)
	for d, err := range read {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		devices = append(devices, *d)
	}
	return devices, errors.Join(errs...)
}

// Each reads as Read does, one device at a time, so that only one is in memory on a
// machine with thousands. The next device overwrites the previous one. The errors are
// those that Read joins.
func Each(root string, addresses []Address, parts Parts) iter.Seq2[*Device, error] {
	return each(root, addresses, parts, func() []Address {
		all, _ := List(root) // an entry that is no address is nobody's sibling
		return all
	})
}

// each is Each with the addresses of all devices from list, which is called where
// siblings are asked for.
func each(root string, addresses []Address, parts Parts, list func() []Address) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		if len(addresses) == 0 {
			return
		}
		fsys := sysfs.New(root)
		dir, err := fsys.OpenDir(devicesDir)
		if err != nil {
			yield(nil, fmt.Errorf("PCI devices: %w", attributeError(err)))
			return
		}
		defer dir.Close()
		var slots map[Address]string
		if parts&WithSlot != 0 {
			slots = readSlots(fsys)
		}
		var all []Address
		if parts&WithFunctions != 0 {
			all = list()
		}
		var d Device
		for _, a := range addresses {
			d = Device{Address: a, PhysicalSlot: slots[a.slot()], Siblings: siblings(a, all)}
			f := newFolder(dir, a)
			err := read(f, &d, parts)
			if err == nil {
				err = readDetails(fsys, f, &d, parts)
			}
			if err != nil {
				err = deviceError(a, err)
			}
			if !yield(&d, err) {
				return
			}
		}
	}
}

// read reads the parts that are in the folder of the device.
func read(f folder, d *Device, parts Parts) (err error) {
	if err = readIdentity(f, d); err != nil {
		return err
	}
	if parts&WithDriver != 0 {
		if d.Driver, err = f.linkName("driver"); err != nil {
			return err
		}
	}
	if parts&WithParent != 0 {
		if err = readAbove(f, d); err != nil {
			return err
		}
	}
	if parts&WithLabel != 0 {
		d.Label = readLabel(f)
	}
	if parts&WithBuses != 0 && d.Class.Base() == BaseBridge {
		d.Behind = readBehind(f)
	}
	if parts&WithPlacement != 0 {
		return readPlacement(f, d)
	}
	return nil
}

// readAbove finds the bridges in the target of the device's own link,
// ../../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0. A tree whose devices are plain
// folders does not have it.
func readAbove(f folder, d *Device) error {
	target, err := f.dir.Readlink(f.name)
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

// siblings returns the other functions of a slot among these addresses, which are
// sorted.
func siblings(a Address, among []Address) (others []Address) {
	first, _ := slices.BinarySearchFunc(among, Address{a.Domain, a.Bus, a.Slot, 0}, Address.Compare)
	for _, b := range among[first:] {
		if !a.SameSlot(b) {
			break
		}
		if a != b {
			others = append(others, b)
		}
	}
	return others
}
