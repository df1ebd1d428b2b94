package contract

import (
	"strings"
	"syscall"
)

// coreRows returns the rows of section 3.4 about writes.
func coreRows() []Row {
	const remove, rescan = device + subject + "/remove", "/sys/bus/pci/rescan"
	gone := func(slots ...string) State { return State{Driver: Gone, Slots: slots} }
	row := func(name string, order Order, given State, want syscall.Errno, after State, do ...Operation) Row {
		return Row{Section: "3.4", Name: name, Order: order, Given: given, Do: do, Want: want, After: after}
	}
	return []Row{
		row("e1000 asked to bind what pciback has", NativeFirst, held(subject), syscall.EBUSY, held(subject), bind("e1000", subject)),
		row("e1000 bind, override pciback", NativeFirst, unbound().overridden("pciback"), syscall.ENODEV, unbound().overridden("pciback"),
			bind("e1000", subject)),
		row("e1000 bind, slot registered", NativeFirst, unbound(subject), 0, native(subject), bind("e1000", subject)),
		row("new_id that is known", NativeFirst, native(), syscall.EEXIST, native(), write(drivers+"e1000/new_id", "8086 100e")),
		row("remove_id that was not added", NativeFirst, native(), syscall.ENODEV, native(), write(drivers+"e1000/remove_id", "8086 100e")),
		row("remove while on pciback", NativeFirst, held(subject), 0, gone(subject), write(remove, "1")),
		row("remove while on e1000", NativeFirst, native(subject), 0, gone(subject), write(remove, "1\n")),
		row("rescan, slot, pciback first", PcibackFirst, held(subject), 0, held(subject), write(remove, "1"), write(rescan, "1")),
		row("rescan, slot, e1000 first", NativeFirst, held(subject), 0, native(subject), write(remove, "1"), write(rescan, "1")),
		row("rescan loses the override, e1000 first", NativeFirst, held(subject).overridden("pciback"), 0, native(subject),
			write(remove, "1"), write(rescan, "1")),
		row("rescan loses the override, no slot", PcibackFirst, held().overridden("pciback"), 0, native(), write(remove, "1"), write(rescan, "1")),
	}
}

// moduleRows returns the rows of section 3.4 about loading and unloading modules.
func moduleRows() []Row {
	const native1, hiding = "e1000", "xen-pciback"
	row := func(name string, order Order, given State, want syscall.Errno, after State, do ...Operation) Row {
		return Row{Section: "3.4", Name: name, Order: order, Given: given, Do: do, Want: want, After: after}
	}
	return []Row{
		row("e1000 unloaded, slot registered", NativeFirst, native(subject), 0, unbound(subject), unload(native1)),
		row("e1000 loaded again, slot registered", NativeFirst, native(subject), 0, native(subject), unload(native1), load(native1)),
		row("e1000 loaded again while pciback has it", NativeFirst, held(subject), 0, held(subject).with(twin, "e1000"), unload(native1), load(native1)),
		row("pciback unloaded while it has the device", NativeFirst, held(subject), 0, unbound(), unload(hiding)),
		row("pciback loaded again", NativeFirst, held(subject), 0, unbound(), unload(hiding), load(hiding)),
		row("pciback loaded under its file's other name", NativeOnly, native(), 0, native(), load("xen_pciback")),
		row("module pciback", NativeFirst, native(), syscall.ENOENT, native(), load("pciback")),
		row("loaded twice", NativeFirst, held(subject), 0, held(subject), load(hiding)),
	}
}

// overrideRows returns section 4.
func overrideRows() []Row {
	const self = "pciback"
	long := strings.Repeat("x", 5000) // more than sysfs passes to an attribute
	row := func(name string, order Order, given State, want syscall.Errno, after State, do ...Operation) Row {
		return Row{Section: "4", Name: name, Order: order, Given: given, Do: do, Want: want, After: after}
	}
	return []Row{
		row("set while on e1000", NativeFirst, native(), 0, native().overridden(self), override(self)),
		row("set with a newline", NativeFirst, native(), 0, native().overridden(self), override(self+"\n")),
		row("probe while still on e1000", NativeFirst, native().overridden(self), 0, native().overridden(self), probe(subject)),
		row("unbind and probe", NativeFirst, native().overridden(self), 0, held(subject).overridden(self), unbind("e1000", subject), probe(subject)),
		row("pciback unbind after it", NativeFirst, held(subject).overridden(self), 0, unbound(subject).overridden(self), unbind(self, subject)),
		row("newline resets", NativeFirst, held(subject).overridden(self), 0, held(subject), override("\n")),
		row("no bytes reset nothing", NativeFirst, held(subject).overridden(self), 0, held(subject).overridden(self), override("")),
		row("a NUL resets", NativeFirst, native().overridden(self), 0, native(), override("\x00")),
		row("the literal name (null)", NativeFirst, unbound(subject).overridden(self), syscall.ENODEV, unbound(subject),
			override("(null)\n"), bind(self, subject)),
		row("trailing blanks are kept", NativeFirst, native(), 0, native().overridden(self+"  "), override(self+"  \n")),
		row("trailing blanks match no driver", NativeFirst, unbound().overridden(self+"  "), 0, unbound().overridden(self+"  "), probe(subject)),
		row("cut at the first newline", NativeFirst, native(), 0, native().overridden("a"), override("a\nb\n")),
		row("the module's name, -", NativeFirst, unbound(), 0, unbound().overridden("xen-pciback"), override("xen-pciback"), probe(subject)),
		row("the module's name, _", NativeFirst, unbound(), 0, unbound().overridden("xen_pciback"), override("xen_pciback"), probe(subject)),
		row("5000 bytes", NativeFirst, native(), syscall.EINVAL, native(), override(long)),
		row("pciback not loaded, e1000 probes", NativeOnly, unbound().overridden(self), 0, unbound().overridden(self), probe(subject)),
		row("pciback not loaded, e1000 loads", NativeOnly, unbound().overridden(self), 0, unbound().overridden(self).with(twin, "e1000"),
			unload("e1000"), load("e1000")),
		row("pciback loads and takes it", NativeOnly, unbound().overridden(self), 0, held(subject).overridden(self), load("xen-pciback")),
		row("remove and rescan lose it", NativeFirst, native().overridden("nobody"), 0, native(), write(device+subject+"/remove", "1"),
			write("/sys/bus/pci/rescan", "1")),
	}
}
