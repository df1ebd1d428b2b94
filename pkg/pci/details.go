package pci

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// ReadDevice reads one device with everything that Device can hold. Where there
// is no such device, fs.ErrNotExist is in the chain of the *DeviceError.
//
// Attributes that only describe (Label, NUMANode, IRQ, Enabled, Regions, the
// ways to reset) count as absent when they cannot be read; for all others that
// is an error.
//
// The kernel takes the device's lock to show driver_override (in
// drivers/pci/pci-sysfs.c), so ReadDevice waits as long as a driver's probe or
// remove of this device does. Scan, Read and Driver never wait.
func ReadDevice(root string, a Address) (Device, error) {
	fsys := sysfs.New(root)
	d, err := read(fsys, a, WithDriver|WithParent|WithLabel)
	if err == nil {
		err = readDetails(fsys, &d)
	}
	if err != nil {
		return Device{}, &DeviceError{Name: a.String(), Err: err}
	}
	return d, nil
}

// Driver reads the name of the driver that has the device at a, "" for none:
// one link, no lock. Where there is no such device, fs.ErrNotExist is in the
// chain of the *DeviceError.
func Driver(root string, a Address) (string, error) {
	fsys := sysfs.New(root)
	dir := devicesDir + "/" + a.String()
	driver, err := linkName(fsys, dir+"/driver")
	if err == nil && driver == "" && !fsys.Exists(dir) {
		err = &sysfs.AttrError{Op: "open", Path: dir, Err: syscall.ENOENT}
	}
	if err != nil {
		return "", &DeviceError{Name: a.String(), Err: err}
	}
	return driver, nil
}

// Override reads the attribute driver_override: the only driver that may have
// the device, "" for any, nil where the kernel has no such attribute (before
// 3.16). It may wait as ReadDevice does.
func Override(root string, a Address) (*string, error) {
	override, err := readOverride(sysfs.New(root), devicesDir+"/"+a.String())
	if err != nil {
		return nil, &DeviceError{Name: a.String(), Err: err}
	}
	return override, nil
}

func readDetails(fsys sysfs.FS, d *Device) (err error) {
	dir := devicesDir + "/" + d.Address.String()
	if d.Override, err = readOverride(fsys, dir); err != nil {
		return err
	}
	if d.PhysFn, err = linkAddress(fsys, dir+"/physfn"); err != nil {
		return err
	}
	if d.VirtFns, err = readVirtFns(fsys, dir); err != nil {
		return err
	}
	if d.IOMMUGroup, err = linkName(fsys, dir+"/iommu_group"); err != nil {
		return err
	}
	for function := range uint8(MaxFunction + 1) {
		b := d.Address
		b.Function = function
		if b != d.Address && fsys.Exists(devicesDir+"/"+b.String()) {
			d.Siblings = append(d.Siblings, b)
		}
	}
	d.CanReset = fsys.Exists(dir + "/reset")
	methods, _ := fsys.Attribute(dir + "/reset_method")
	if words := strings.Fields(methods); len(words) > 0 {
		d.ResetMethods = words
	}
	if node := readInt(fsys, dir+"/numa_node"); node != nil && *node >= 0 {
		d.NUMANode = node
	}
	d.IRQ = readInt(fsys, dir+"/irq")
	d.Enabled = readInt(fsys, dir+"/enable")
	resource, _ := fsys.Read(dir+"/resource", sysfs.AttributeLimit)
	d.Regions = parseRegions(string(resource))
	return nil
}

// noOverride is how the kernel prints a driver_override that was never set.
const noOverride = "(null)"

func readOverride(fsys sysfs.FS, dir string) (*string, error) {
	text, err := fsys.Attribute(dir + "/driver_override")
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if text == noOverride {
		text = ""
	}
	return &text, nil
}

// readLabel keeps the newline: lspci prints the attribute as it is.
func readLabel(fsys sysfs.FS, dir string) *string {
	b, err := fsys.Read(dir+"/label", sysfs.AttributeLimit)
	if err != nil {
		return nil
	}
	label := string(b)
	return &label
}

// readVirtFns follows virtfn0, virtfn1, ... in the order of their numbers.
func readVirtFns(fsys sysfs.FS, dir string) ([]Address, error) {
	names, err := fsys.List(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, name := range names {
		digits, ok := strings.CutPrefix(name, "virtfn")
		if n, err := strconv.Atoi(digits); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	var functions []Address
	for _, n := range numbers {
		a, err := linkAddress(fsys, fmt.Sprintf("%s/virtfn%d", dir, n))
		if err != nil {
			return nil, err
		}
		if a != nil {
			functions = append(functions, *a)
		}
	}
	return functions, nil
}

// linkAddress is the device that a link points at, or nil without that link.
func linkAddress(fsys sysfs.FS, name string) (*Address, error) {
	target, err := linkName(fsys, name)
	if err != nil || target == "" {
		return nil, err
	}
	a, err := ParseAddress(target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &a, nil
}

func readInt(fsys sysfs.FS, name string) *int {
	text, err := fsys.Attribute(name)
	if err != nil {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}

// parseRegions reads the attribute resource: a line "0xSTART 0xEND 0xFLAGS" for
// each region, all zero where it is not used. Lines of another form are passed
// over.
func parseRegions(text string) []Region {
	var regions []Region
	number := 0
	for line := range strings.Lines(text) {
		r := Region{Number: number}
		number++
		if _, err := fmt.Sscanf(line, "0x%x 0x%x 0x%x", &r.Start, &r.End, &r.Flags); err != nil {
			continue
		}
		if r.Flags != 0 && r.End >= r.Start {
			regions = append(regions, r)
		}
	}
	return regions
}
