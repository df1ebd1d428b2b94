package contract

import (
	"fmt"
	"syscall"
)

// functions returns the eight slots of a wildcard for the function.
func functions(slot string) []string {
	var names []string
	for f := range 8 {
		names = append(names, fmt.Sprintf("%s.%d", slot, f))
	}
	return names
}

// wholeBus returns the 256 slots of a wildcard for slot and function.
func wholeBus(bus string) []string {
	var names []string
	for slot := range 32 {
		names = append(names, functions(fmt.Sprintf("%s:%02x", bus, slot))...)
	}
	return names
}

// access returns section 0: which files can be opened, and the effect of 0 bytes.
func access() []Row {
	var rows []Row
	for _, file := range []string{"slots", "irq_handlers"} {
		rows = append(rows, Row{Section: "0", Name: "open " + file + " for writing", Given: native(subject),
			Do: []Operation{write(pciback+file, subject)}, Want: syscall.EACCES, After: native(subject)})
	}
	for _, file := range []string{"new_slot", "remove_slot", "bind", "unbind", "permissive", "quirks", "allow_interrupt_control",
		"irq_handler_state"} {
		rows = append(rows, Row{Section: "0", Name: "no bytes to " + file, Given: held(subject),
			Do: []Operation{write(pciback+file, "")}, After: held(subject)})
	}
	return append(rows,
		Row{Section: "0", Name: "no such file", Given: native(), Do: []Operation{write(pciback+"no_such", "1")}, Want: syscall.ENOENT, After: native()},
		Row{Section: "0", Name: "no such device", Given: native(), Do: []Operation{write(device+"0000:00:1f.7/enable", "1")}, Want: syscall.ENOENT,
			After: native()},
	)
}

// newSlotForms returns the rows of section 1 about every spelling, while the device is on
// e1000.
func newSlotForms() []Row {
	var rows []Row
	accept := func(values []string, slots ...string) {
		for _, value := range values {
			rows = append(rows, Row{Section: "1", Name: fmt.Sprintf("new_slot %q", value), Given: native(), Do: []Operation{newSlot(value)},
				After: native(slots...)})
		}
	}
	accept([]string{
		"0000:00:09.0\n", "0000:00:09.0", "00:09.0\n", "00:09.0", "0:9.0", " 00:09.0", "00:09.0 ", "00:09.0  \n", "00:09.0\t\n", "00:09.0\n\n",
		"00:09.0\r\n", "0x00:0x09.0", "00:09.0x", "00:09.00", "00000000:00:09.0", "100000000:00:09.0", "00:09.0\x00junk", "0000:00:09.0\x00",
	}, subject)
	accept([]string{"0000:00:0A.0", "00:0A.0\n"}, twin)
	accept([]string{"00:09.*\n", "0000:00:09.*\n"}, functions("0000:00:09")...)
	accept([]string{"0000:00:*.*\n", "00:*.*\n"}, wholeBus("0000:00")...)
	accept([]string{""})
	accept([]string{"00:1f.7"}, "0000:00:1f.7") // slots of devices that do not exist
	accept([]string{"02:03.1"}, "0000:02:03.1")
	accept([]string{"0001:00:09.0"}, "0001:00:09.0")
	accept([]string{"ffff:ff:1f.7"}, "ffff:ff:1f.7")
	for _, value := range []string{
		"00:*.0", "0000:00:*.0", "*:*.*", "00:09.0 00:04.0", "00:09.0\n00:04.0", "00:09.0,00:04.0", "(00:09.0)", "00:09", "00:09.", "0000:00:09",
		"0000:00:09.", "00:09.8", "00:09.10", "00:20.0", "100:00.0", "10000:00:00.0", "-1:00:09.0", "0000-00-09.0", "garbage", "\n", " ", "00:09.0 x",
	} {
		rows = append(rows, Row{Section: "1", Name: fmt.Sprintf("new_slot %q", value), Given: native(), Do: []Operation{newSlot(value)},
			Want: syscall.EINVAL, After: native()})
	}
	return rows
}

// newSlotStates returns the rows of section 1 with registered slots or an unbound device.
func newSlotStates() []Row {
	wildcardAfter := append([]string{subject}, functions("0000:00:09")[1:]...)
	return []Row{
		{Section: "1", Name: "slot present, short form", Given: native(subject), Do: []Operation{newSlot("00:09.0")}, After: native(subject)},
		{Section: "1", Name: "slot present, long form", Given: native(subject), Do: []Operation{newSlot(subject)}, After: native(subject)},
		{Section: "1", Name: "wildcard with one present", Given: native(subject), Do: []Operation{newSlot("00:09.*")}, After: native(wildcardAfter...)},
		{Section: "1", Name: "order of insertion", Given: native(twin), Do: []Operation{newSlot(subject)}, After: native(twin, subject)},
		{Section: "1", Name: "unbound device stays unbound", Given: unbound(), Do: []Operation{newSlot(subject)}, After: unbound(subject)},
		{Section: "1", Name: "one page of slots is shown", Given: native(), Do: []Operation{newSlot("00:*.*"), newSlot("02:*.*")},
			After: native(append(wholeBus("0000:00"), wholeBus("0000:02")[:315-256]...)...)},
		{Section: "1", Name: "removing shows the rest", Given: native(), Do: []Operation{newSlot("00:*.*"), newSlot("02:*.*"), removeSlot("00:*.*")},
			After: native(wholeBus("0000:02")...)},
	}
}

// removeSlotRows returns section 2.
func removeSlotRows() []Row {
	return []Row{
		{Section: "2", Name: "slot present", Given: native(subject, twin), Do: []Operation{removeSlot("00:09.0")}, After: native(twin)},
		{Section: "2", Name: "slot absent", Given: native(subject), Do: []Operation{removeSlot("00:0b.0")}, Want: syscall.ENOENT, After: native(subject)},
		{Section: "2", Name: "removed twice", Given: native(subject), Do: []Operation{removeSlot("00:09.0"), removeSlot("00:09.0")}, Want: syscall.ENOENT,
			After: native()},
		{Section: "2", Name: "some functions present", Given: native(subject, "0000:00:09.3", twin), Do: []Operation{removeSlot("00:09.*")}, After: native(twin)},
		{Section: "2", Name: "no function present", Given: native(twin), Do: []Operation{removeSlot("00:09.*")}, Want: syscall.ENOENT, After: native(twin)},
		{Section: "2", Name: "whole bus", Given: native(subject, "0000:02:03.1", twin), Do: []Operation{removeSlot("00:*.*")}, After: native("0000:02:03.1")},
		{Section: "2", Name: "garbage", Given: native(subject), Do: []Operation{removeSlot("garbage")}, Want: syscall.EINVAL, After: native(subject)},
		{Section: "2", Name: "something behind it", Given: native(subject), Do: []Operation{removeSlot(subject + " x")}, Want: syscall.EINVAL,
			After: native(subject)},
		{Section: "2", Name: "no bytes", Given: native(subject), Do: []Operation{removeSlot("")}, After: native(subject)},
		{Section: "2", Name: "device bound to pciback", Given: held(subject), Do: []Operation{removeSlot(subject)}, After: held()},
		{Section: "2", Name: "bound, removed, added again", Given: held(subject), Do: []Operation{removeSlot(subject), newSlot(subject)}, After: held(subject)},
	}
}
