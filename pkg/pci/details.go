package pci

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// ReadDevice reads all fields of one device except Behind. The error is a *DeviceError,
// with fs.ErrNotExist in its chain if there is no such device.
//
// Label, NUMANode, IRQ, Enabled, Regions, CanReset and ResetMethods are absent if they
// cannot be read; for all others that is an error.
//
// The kernel takes the device's lock to show driver_override (in
// drivers/pci/pci-sysfs.c), so ReadDevice waits as long as a driver's probe or
// remove of this device does. Scan, Read and Driver never wait.
func ReadDevice(root string, a Address) (Device, error) {
	fsys := sysfs.New(root)
	d := Device{Address: a, PhysicalSlot: readSlots(fsys)[a.slot()]}
	f, done, err := openFolder(fsys, a)
	defer done()
	if err == nil {
		err = read(f, &d, WithDriver|WithParent|WithLabel|WithPlacement)
	}
	if err == nil {
		err = readDetails(fsys, f, &d, WithDetails)
	}
	if err == nil {
		d.Siblings = readSiblings(fsys, a)
		d.Override, err = readOverride(f)
	}
	if err != nil {
		return Device{}, deviceError(a, err)
	}
	return d, nil
}

// Driver reads the name of the driver that has the device at a, "" for none. It reads one
// link and never waits. The error is a *DeviceError, with fs.ErrNotExist in its chain if
// there is no such device.
func Driver(root string, a Address) (string, error) {
	fsys := sysfs.New(root)
	f, done, err := openFolder(fsys, a)
	defer done()
	var driver string
	if err == nil {
		driver, err = f.linkName("driver")
	}
	if name := devicesDir + "/" + f.name; err == nil && driver == "" && !fsys.Exists(name) {
		err = &sysfs.AttrError{Op: "open", Path: name, Err: syscall.ENOENT}
	}
	if err != nil {
		return "", deviceError(a, err)
	}
	return driver, nil
}

// ParseOverride returns the driver that a device's driver_override names, from the
// attribute's text without its newline: the only driver that may have the device; "" for
// any. The kernel prints "(null)" for an override that was never set.
func ParseOverride(text string) string {
	if text == "(null)" {
		return ""
	}
	return text
}

// readDetails reads the requested parts of WithDetails, except Siblings, which are not in
// the device's own folder.
func readDetails(fsys sysfs.FS, f folder, d *Device, parts Parts) (err error) {
	if parts&WithFunctions != 0 {
		if d.PhysFn, err = linkAddress(f, "physfn"); err != nil {
			return err
		}
		if d.VirtFns, err = readVirtFns(fsys, f); err != nil {
			return err
		}
	}
	if parts&WithReset != 0 {
		d.CanReset = fsys.Exists(devicesDir + "/" + f.name + "/reset")
	}
	if parts&WithRegions != 0 {
		resource, _ := f.read("resource", sysfs.AttributeLimit)
		d.Regions = parseRegions(string(resource))
	}
	if parts&withRest != 0 {
		methods, _ := f.attribute("reset_method")
		if words := strings.Fields(methods); len(words) > 0 {
			d.ResetMethods = words
		}
		d.IRQ = readInt(f, "irq")
		d.Enabled = readInt(f, "enable")
	}
	return nil
}

// readSiblings looks for the other functions of one slot.
func readSiblings(fsys sysfs.FS, a Address) (others []Address) {
	for function := range uint8(MaxFunction + 1) {
		b := a
		b.Function = function
		if b != a && fsys.Exists(devicesDir+"/"+b.String()) {
			others = append(others, b)
		}
	}
	return others
}

// readOverride returns nil if the kernel has no such attribute (before 3.16).
func readOverride(f folder) (*string, error) {
	text, err := f.attribute("driver_override")
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	driver := ParseOverride(text)
	return &driver, nil
}

// readLabel keeps the newline: lspci prints the attribute as it is.
func readLabel(f folder) *string {
	b, err := f.read("label", sysfs.AttributeLimit)
	if err != nil {
		return nil
	}
	label := string(b)
	return &label
}

// readVirtFns follows virtfn0, virtfn1, ... in the order of their numbers. A device with
// virtual functions has the first (sriov_add_vfs in drivers/pci/iov.c), so the folders
// of other devices are not listed.
func readVirtFns(fsys sysfs.FS, f folder) ([]Address, error) {
	if first, err := f.linkName("virtfn0"); err != nil || first == "" {
		return nil, err
	}
	names, err := fsys.List(devicesDir + "/" + f.name)
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
		a, err := linkAddress(f, fmt.Sprintf("virtfn%d", n))
		if err != nil {
			return nil, err
		}
		if a != nil {
			functions = append(functions, *a)
		}
	}
	return functions, nil
}

// linkAddress returns the device that a link points to, or nil if there is no link.
func linkAddress(f folder, name string) (*Address, error) {
	target, err := f.linkName(name)
	if err != nil || target == "" {
		return nil, err
	}
	a, err := ParseAddress(target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path(name), err)
	}
	return &a, nil
}

func readInt(f folder, name string) *int {
	text, err := f.attribute(name)
	if err != nil {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}

// parseRegions reads the attribute resource: a line "0xSTART 0xEND 0xFLAGS" for each
// region, all zero if the region is not used. It ignores lines of another form.
func parseRegions(text string) []Region {
	var regions []Region
	number := 0
	for line := range strings.Lines(text) {
		r := Region{Number: number}
		number++
		words := strings.Fields(line)
		if len(words) != 3 || !parseHex(words[0], &r.Start) || !parseHex(words[1], &r.End) || !parseHex(words[2], &r.Flags) {
			continue
		}
		if r.Flags != 0 && r.End >= r.Start {
			regions = append(regions, r)
		}
	}
	return regions
}

// parseHex reads a number as the kernel prints it with %#llx.
func parseHex(word string, n *uint64) bool {
	digits, ok := strings.CutPrefix(word, "0x")
	value, err := strconv.ParseUint(digits, 16, 64)
	*n = value
	return ok && err == nil
}
