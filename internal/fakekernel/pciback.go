package fakekernel

import (
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const (
	pciback = "pciback" // the driver's name; its module is xen_pciback

	// slotList is the complete list of slots; pciback/slots shows its first page.
	slotList = hidden + "/slots"

	handlers = drivers + "/" + pciback + "/irq_handlers"
)

func (k *kernel) storePciback(attr, value string) error {
	switch attr {
	case "quirks":
		return k.storeQuirk(value)
	}
	r, err := parseSlot(value)
	if err != nil {
		return err
	}
	switch attr {
	case "new_slot":
		return k.addSlots(r)
	case "remove_slot":
		return k.removeSlots(r)
	case "permissive", "allow_interrupt_control":
		d, ok := k.seized(r)
		if !ok {
			return syscall.ENODEV
		}
		k.listOnce(drivers+"/"+pciback+"/"+attr, d.address)
	case "irq_handler_state":
		d, ok := k.seized(r)
		if !ok {
			return syscall.ENOENT
		}
		k.toggleHandler(d)
	}
	return nil
}

// addSlots is pcistub_device_id_add: it does not check whether a device exists, and adds no
// slot twice.
func (k *kernel) addSlots(r slotRange) error {
	names, err := r.expand()
	if err != nil {
		return err
	}
	slots := k.lines(slotList)
	for _, name := range names {
		if !slices.Contains(slots, name) {
			slots = append(slots, name)
		}
	}
	k.setSlots(slots)
	return nil
}

// removeSlots is pcistub_device_id_remove, which unlike pcistub_device_id_add does not check
// the range.
func (k *kernel) removeSlots(r slotRange) error {
	slots := k.lines(slotList)
	left := slices.DeleteFunc(slices.Clone(slots), r.covers)
	if len(left) == len(slots) {
		return syscall.ENOENT
	}
	k.setSlots(left)
	return nil
}

// setSlots writes the list and shows its first page, of which one byte is the kernel's NUL.
// It writes the list last, because the list is authoritative.
func (k *kernel) setSlots(slots []string) {
	page := ""
	if len(slots) > 0 {
		page = strings.Join(slots, "\n") + "\n"
	}
	k.set(drivers+"/"+pciback+"/slots", page[:min(len(page), sysfs.AttributeLimit-1)])
	k.setLines(slotList, slots)
}

// seize is pcistub_probe.
func (k *kernel) seize(d device) error {
	name, _ := k.override(d)
	slots := k.lines(slotList)
	matched := slices.ContainsFunc(d.bridges(), func(above string) bool { return slices.Contains(slots, above) })
	if !matched && name != pciback {
		return syscall.ENODEV
	}
	if k.headerType(d) > 1 {
		return syscall.ENODEV
	}
	if !matched {
		k.setSlots(append(slots, d.address))
	}
	k.setEnable(d, "0")
	k.setUpLine(d)
	k.dropLine(handlers, d.address)
	k.setLines(handlers, slices.Insert(k.lines(handlers), 0, d.address+":off:not acking:0"))
	return nil
}

// release is pcistub_remove: the slot stays, and the device's settings are removed.
func (k *kernel) release(d device) {
	for _, attr := range []string{"irq_handlers", "permissive", "allow_interrupt_control"} {
		k.dropLine(drivers+"/"+pciback+"/"+attr, d.address)
	}
	k.dropQuirks(d)
}

// seized returns the bound device that r names; a wildcard names none.
func (k *kernel) seized(r slotRange) (device, bool) {
	if r.slot < 0 || r.function < 0 {
		return device{}, false
	}
	names, err := r.expand()
	if err != nil {
		return device{}, false
	}
	d, ok := k.device(names[0])
	return d, ok && k.driverOf(d) == pciback
}

func (k *kernel) listOnce(file, line string) {
	if lines := k.lines(file); !slices.Contains(lines, line) {
		k.setLines(file, append(lines, line))
	}
}

// dropLine removes the line of a device.
func (k *kernel) dropLine(file, address string) {
	lines := k.lines(file)
	left := slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return line == address || strings.HasPrefix(line, address+":")
	})
	if len(left) != len(lines) {
		k.setLines(file, left)
	}
}

func (k *kernel) toggleHandler(d device) {
	lines := k.lines(handlers)
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, d.address+":off:"):
			lines[i] = d.address + ":on:acking:0"
		case strings.HasPrefix(line, d.address+":on:"):
			lines[i] = d.address + ":off:" + strings.TrimPrefix(line, d.address+":on:")
		}
	}
	k.setLines(handlers, lines)
}
