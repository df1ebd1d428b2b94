package contract

import (
	"fmt"
	"syscall"
)

const (
	absent   = "0000:00:1f.7" // does not exist on any machine of the table
	realtek  = "0000:00:0b.0" // an RTL8139 on 8139cp
	bridge   = "0000:00:1e.0" // a PCI bridge without a driver
	behind   = "0000:01:01.0" // an e1000 behind it
	noDriver = "0000:00:01.3" // a device without a loaded driver
)

// bindRows returns section 3.1.
func bindRows() []Row {
	const self = "pciback"
	row := func(name string, given State, value string, want syscall.Errno, after State) Row {
		return Row{Section: "3.1", Name: name, Given: given, Do: []Operation{bind(self, value)}, Want: want, After: after}
	}
	rows := []Row{
		row("unbound, slot registered", unbound(subject), subject, 0, held(subject)),
		row("the same with a newline", unbound(subject), subject+"\n", 0, held(subject)),
		row("unbound, no slot", unbound(), subject, syscall.ENODEV, unbound()),
		row("unbound, the twin's slot", unbound(twin), subject, syscall.ENODEV, unbound(twin)),
		row("bound to pciback already", held(subject), subject, syscall.EBUSY, held(subject)),
		row("bound to pciback, slot removed", held(), subject, syscall.EBUSY, held()),
		row("on e1000, slot registered", native(subject), subject, syscall.EBUSY, native(subject)),
		row("on e1000, no slot", native(), subject, syscall.EBUSY, native()),
		row("no such device", native(), absent, syscall.ENODEV, native()),
		row("no such device, slot registered", native(absent), absent, syscall.ENODEV, native(absent)),
		row("no bytes", unbound(subject), "", 0, unbound(subject)),
		row("override is another driver's", unbound(subject).overridden("e1000"), subject, syscall.ENODEV, unbound(subject).overridden("e1000")),
		row("override is nobody's", unbound(subject).overridden("nobody"), subject, syscall.ENODEV, unbound(subject).overridden("nobody")),
		row("override is pciback, no slot", unbound().overridden(self), subject, 0, held(subject).overridden(self)),
	}
	for _, value := range []string{"00:09.0", subject + " ", " " + subject, subject + "\n\n", "0000:00:09.00", "garbage", "\n"} {
		rows = append(rows, row(fmt.Sprintf("spelt %q", value), unbound(subject), value, syscall.ENODEV, unbound(subject)))
	}
	rows = append(rows, row(`spelt "0000:00:0A.0"`, native(twin), "0000:00:0A.0", syscall.ENODEV, native(twin)))
	return append(rows, Row{Section: "3.1", Name: "slot of the bridge above", Needs: []string{bridge, behind}, Given: native(bridge),
		Do:    []Operation{write(device+behind+"/driver/unbind", behind), bind(self, behind)},
		After: native(bridge).with(behind, self)})
}

// unbindRows returns section 3.2.
func unbindRows() []Row {
	row := func(name string, given State, do Operation, want syscall.Errno, after State) Row {
		return Row{Section: "3.2", Name: name, Given: given, Do: []Operation{do}, Want: want, After: after}
	}
	rows := []Row{
		row("through the driver", native(), unbind("e1000", subject), 0, unbound()),
		row("with a newline", native(), unbind("e1000", subject+"\n"), 0, unbound()),
		row("through the device", native(), write(device+subject+"/driver/unbind", subject), 0, unbound()),
		row("slot registered", native(subject), unbind("e1000", subject), 0, unbound(subject)),
		row("pciback asked for an e1000", native(subject), unbind("pciback", subject), syscall.ENODEV, native(subject)),
		row("e1000 asked for what pciback has", held(subject), unbind("e1000", subject), syscall.ENODEV, held(subject)),
		row("not bound", unbound(), unbind("e1000", subject), syscall.ENODEV, unbound()),
		row("not bound, through the device", unbound(), write(device+subject+"/driver/unbind", subject), syscall.ENOENT, unbound()),
		row("no such device", native(), unbind("e1000", absent), syscall.ENODEV, native()),
		row("no bytes", native(), unbind("e1000", ""), 0, native()),
		row("from pciback, slot stays", held(subject), unbind("pciback", subject), 0, unbound(subject)),
		row("from pciback, slot removed before", held(), unbind("pciback", subject), 0, unbound()),
	}
	for _, value := range []string{"00:09.0", subject + " ", "garbage"} {
		rows = append(rows, row(fmt.Sprintf("spelt %q", value), native(), unbind("e1000", value), syscall.ENODEV, native()))
	}
	return append(rows, Row{Section: "3.2", Name: "e1000 asked for an rtl8139", Needs: []string{realtek}, Given: native(),
		Do: []Operation{unbind("e1000", realtek)}, Want: syscall.ENODEV, After: native().with(realtek, "8139cp")})
}

// probeRows returns section 3.3.
func probeRows() []Row {
	row := func(name string, order Order, given State, value string, want syscall.Errno, after State) Row {
		return Row{Section: "3.3", Name: name, Order: order, Given: given, Do: []Operation{probe(value)}, Want: want, After: after}
	}
	return []Row{
		{Section: "3.3", Name: "no driver matches", Needs: []string{noDriver}, Given: native(), Do: []Operation{probe(noDriver)},
			After: native().with(noDriver, "")},
		row("bound already", NativeFirst, native(subject), subject, 0, native(subject)),
		row("bound to pciback already", NativeFirst, held(), subject, 0, held()),
		row("no such device", NativeFirst, native(), absent, syscall.ENODEV, native()),
		row("short name", NativeFirst, unbound(), "00:09.0", syscall.ENODEV, unbound()),
		row("blank behind it", NativeFirst, unbound(), subject+" ", syscall.ENODEV, unbound()),
		row("no slot", NativeFirst, unbound(), subject, 0, native()),
		row("no slot, pciback first", PcibackFirst, unbound(), subject, 0, native()),
		row("slot, pciback first", PcibackFirst, unbound(subject), subject, 0, held(subject)),
		row("slot, e1000 first", NativeFirst, unbound(subject), subject, 0, native(subject)),
		row("override pciback, e1000 first", NativeFirst, unbound().overridden("pciback"), subject, 0, held(subject).overridden("pciback")),
		row("override pciback, pciback first", PcibackFirst, unbound().overridden("pciback"), subject, 0, held(subject).overridden("pciback")),
		row("override e1000, slot, pciback first", PcibackFirst, unbound(subject).overridden("e1000"), subject, 0, native(subject).overridden("e1000")),
		row("override nobody's", NativeFirst, unbound(subject).overridden("nobody"), subject, 0, unbound(subject).overridden("nobody")),
	}
}
