package foreign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
)

// stubs are the drivers that reserve devices by their ids, with the parameter ids=. None of
// them has a device for Xen's guests.
var stubs = [...]string{"vfio-pci", "pci-stub"}

// isStub reports whether a module is one of stubs, and returns the driver's name.
func isStub(module string) (driver string, ok bool) {
	for _, stub := range stubs {
		if modprobe.Name(stub) == modprobe.Name(module) {
			return stub, true
		}
	}
	return "", false
}

// stubArguments returns a setting for each argument that reserves devices for another driver.
func (r *reader) stubArguments(where Where, line grub.CommandLine) (found []Setting) {
	for _, a := range line.Arguments() {
		module, name, _ := strings.Cut(a.Key, ".")
		if driver, ok := isStub(module); ok && name == "ids" {
			found = append(found, r.reserved(where, line.String()[a.Start:a.End], driver, a.Value))
		}
	}
	return found
}

// readStubOptions reads a line "options vfio-pci ids=...".
func (r *reader) readStubOptions(l rule) {
	driver, ok := isStub(l.Module)
	if !ok {
		return
	}
	for _, a := range grub.ParseCommandLine(l.Text).All("ids") {
		s := r.reserved(l.Where, l.text, driver, a.Value)
		if l.ignored != "" {
			s.Problems = append(s.Problems, l.ignored)
			s.Dead = true
		}
		r.add(s)
	}
}

// reserved returns the setting that reserves the devices with these ids for a driver. It means
// no device that pciback should have.
func (r *reader) reserved(where Where, text, driver, ids string) Setting {
	s := Setting{Where: where, Text: text}
	var drivers []string
	for _, d := range r.Devices {
		if slices.ContainsFunc(strings.Split(ids, ","), func(id string) bool { return hasID(d, id) }) {
			now := "no driver"
			if d.Driver != "" {
				now = d.Driver
			}
			drivers = append(drivers, fmt.Sprintf("%s (on %s now)", d.Address, now))
		}
	}
	use := "which keeps devices from dom0's drivers and gives them to no guest"
	if driver == "vfio-pci" {
		use = "which serves KVM guests, not Xen guests"
	}
	if len(drivers) == 0 {
		s.Problems = []string{fmt.Sprintf("it reserves devices for %s, %s; no device of this machine has these ids", driver, use)}
		return s
	}
	s.Problems = few([]string{fmt.Sprintf("it reserves %s for %s, %s; it declares nothing: 'xenpci hide --boot ADDRESS' does", strings.Join(drivers, ", "), driver, use)})
	return s
}

// hasID reports whether a device matches VENDOR:DEVICE[:SUBVENDOR[:SUBDEVICE[:CLASS[:MASK]]]],
// as vfio-pci and pci-stub read it (vfio_pci_fill_ids in drivers/vfio/pci/vfio_pci.c).
func hasID(d pci.Device, id string) bool {
	const anyID = 0xffffffff
	fields := []uint64{0, 0, anyID, anyID, 0, 0}
	parts := strings.Split(id, ":")
	if len(parts) < 2 || len(parts) > len(fields) {
		return false
	}
	for i, text := range parts {
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
		if err != nil {
			return false
		}
		fields[i] = n
	}
	same := func(want uint64, have uint16) bool { return want == anyID || want == uint64(have) }
	return same(fields[0], d.Vendor) && same(fields[1], d.Device) && same(fields[2], d.SubVendor) && same(fields[3], d.SubDevice) &&
		uint64(d.Class)&fields[5] == fields[4]&fields[5]
}
