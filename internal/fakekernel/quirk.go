package fakekernel

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
)

const quirks = drivers + "/" + pciback + "/quirks"

// storeQuirk is pcistub_quirk_add with its address-register:size:mask. Unlike pciback, it
// does not list the fields that are defined by default.
func (k *kernel) storeQuirk(value string) error {
	value = cString(value)
	n, parsed := scan(value, " %x:%x:%x.%x-%x:%x:%x %n")
	if parsed == 0 || parsed != len(value) {
		n, parsed = scan(value, " %x:%x.%x-%x:%x:%x %n")
		n = slices.Insert(n, 0, 0)
	}
	if parsed == 0 || parsed != len(value) {
		return syscall.EINVAL
	}
	register, size, mask := uint32(n[4]), uint32(n[5]), uint32(n[6])
	if register > 0xfff || size != 1 && size != 2 && size != 4 || size < 4 && mask>>(size*8) != 0 {
		return syscall.EINVAL
	}
	d, ok := k.seized(slotRange{n[0], n[1], n[2], n[3]})
	if !ok {
		return syscall.ENODEV
	}
	k.listQuirk(d, fmt.Sprintf("\t\t%08x:%01x:%08x", register, size, mask))
	return nil
}

// listQuirk adds a field below the two heading lines of its device.
func (k *kernel) listQuirk(d device, field string) {
	heading := quirkHeading(d)
	lines := k.lines(quirks)
	at := slices.Index(lines, heading)
	if at < 0 {
		ids := make([]string, 0, 4)
		for _, name := range []string{"vendor", "device", "subsystem_vendor", "subsystem_device"} {
			ids = append(ids, strings.TrimPrefix(k.attribute(d.dir+"/"+name), "0x"))
		}
		at = len(lines)
		lines = append(lines, heading, "\t"+strings.Join(ids, ":"))
	}
	end := at + 2
	for end < len(lines) && strings.HasPrefix(lines[end], "\t\t") {
		end++
	}
	if !slices.Contains(lines[at:end], field) {
		k.setLines(quirks, slices.Insert(lines, end, field))
	}
}

func (k *kernel) dropQuirks(d device) {
	lines := k.lines(quirks)
	at := slices.Index(lines, quirkHeading(d))
	if at < 0 {
		return
	}
	end := at + 1
	for end < len(lines) && strings.HasPrefix(lines[end], "\t") {
		end++
	}
	k.setLines(quirks, slices.Delete(lines, at, end))
}

// quirkHeading returns the address without its domain.
func quirkHeading(d device) string {
	_, short, _ := strings.Cut(d.address, ":")
	return short
}
