package fakekernel

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// device is a PCI device that is present.
type device struct {
	dir     string // /sys/devices/pci0000:00/0000:00:09.0
	address string
}

// find is bus_find_device_by_name with sysfs_streq: it compares the exact name, and ignores
// one newline at its end.
func (k *kernel) find(value string) (device, bool) {
	return k.device(strings.TrimSuffix(cString(value), "\n"))
}

func (k *kernel) device(address string) (device, bool) {
	if !canonical(address) {
		return device{}, false
	}
	dir := k.target(devices + "/" + address)
	return device{dir: dir, address: address}, dir != ""
}

// all returns the machine's devices by address.
func (k *kernel) all() []device {
	var found []device
	for _, name := range k.names(devices) {
		if d, ok := k.device(name); ok {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b device) int { return compareAddress(a.address, b.address) })
	return found
}

// compareAddress orders by domain first, whose number of digits varies.
func compareAddress(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// within returns d and the devices below its directory, the deepest first.
func (k *kernel) within(d device) []device {
	var found []device
	for _, name := range k.names(d.dir) {
		if canonical(name) {
			found = append(found, k.within(device{dir: d.dir + "/" + name, address: name})...)
		} else if strings.HasPrefix(name, "pci") && strings.Contains(name, ":") {
			// A separate root bus, as behind Intel's VMD.
			for _, below := range k.names(d.dir + "/" + name) {
				if canonical(below) {
					found = append(found, k.within(device{dir: d.dir + "/" + name + "/" + below, address: below})...)
				}
			}
		}
	}
	return append(found, d)
}

// bridges returns d and the bridges above it up to its root bus: a registered slot of any
// of them matches d (pcistub_match_one).
func (d device) bridges() []string {
	var found []string
	for dir := d.dir; canonical(path.Base(dir)); dir = path.Dir(dir) {
		found = append(found, path.Base(dir))
	}
	return found
}

// headerType returns PCI_HEADER_TYPE without the multi-function bit.
func (k *kernel) headerType(d device) byte {
	const offset = 0x0e
	config := k.read(d.dir + "/config")
	if len(config) <= offset {
		return 0
	}
	return config[offset] & 0x7f
}

// override returns the device's driver_override; set is false if there is none.
func (k *kernel) override(d device) (name string, set bool) {
	shown := k.attribute(d.dir + "/driver_override")
	return shown, shown != "(null)" && shown != "" || k.exists(literal(d))
}

// literal returns the file that distinguishes an override with the literal text "(null)"
// from no override.
func literal(d device) string { return hidden + "/literal/" + d.address }

// storeOverride is driver_set_override (drivers/base/driver.c).
func (k *kernel) storeOverride(d device, value string) error {
	if len(value) >= 4096-1 {
		return syscall.EINVAL
	}
	name, _, _ := strings.Cut(cString(value), "\n")
	k.setOverride(d, name)
	return nil
}

func (k *kernel) setOverride(d device, name string) {
	if name == "" {
		k.remove(literal(d))
		name = "(null)"
	} else if name == "(null)" {
		k.create(literal(d), 0o600, "")
	} else {
		k.remove(literal(d))
	}
	k.set(d.dir+"/driver_override", name+"\n")
}

// unplug removes the device and everything below it, with bindings and overrides but not
// slots. rescan brings it back.
func (k *kernel) unplug(d device) {
	k.dropVFs(d)
	for _, gone := range k.within(d) {
		k.forget(gone)
	}
	k.create(removed+"/"+d.address+"/parent", 0o600, path.Dir(d.dir)+"\n")
	k.move(d.dir, removed+"/"+d.address+"/device")
}

const removed = hidden + "/removed"

// forget unbinds a device and removes it from the bus; its directory stays.
func (k *kernel) forget(d device) {
	k.detach(d)
	if k.exists(d.dir + "/driver_override") {
		k.setOverride(d, "")
	}
	k.emit("remove", d)
	k.remove(devices + "/" + d.address)
}

// rescan brings back the unplugged devices, bridges before the devices behind them.
func (k *kernel) rescan() {
	for again := true; again && k.err == nil; {
		again = false
		for _, address := range k.names(removed) {
			dir := removed + "/" + address
			parent := k.attribute(dir + "/parent")
			if !k.exists(parent) {
				continue
			}
			back := device{dir: parent + "/" + address, address: address}
			k.move(dir+"/device", back.dir)
			found := k.within(back)
			for _, d := range slices.Backward(found) {
				k.appear(d)
			}
			for _, d := range slices.Backward(found) {
				k.probe(d)
			}
			k.remove(dir)
			again = true
		}
	}
}

// parseFlag is kstrtoul with base 0, as for remove, rescan and reset.
func parseFlag(value string) (bool, error) {
	n, err := parseNumber(value, 64)
	return n != 0, err
}

func parseNumber(value string, bits int) (uint64, error) {
	s := strings.TrimSuffix(cString(value), "\n")
	s = strings.TrimPrefix(s, "+")
	if strings.Contains(s, "_") {
		return 0, syscall.EINVAL
	}
	n, err := strconv.ParseUint(s, 0, bits)
	if err != nil {
		return 0, syscall.EINVAL
	}
	return n, nil
}
