package contract

import "syscall"

// hideRows returns section 5.1: hide= as a single argument of modprobe, while the device is
// unbound.
func hideRows() []Row {
	row := func(param string, want syscall.Errno, after State) Row {
		return Row{Section: "5.1", Name: param, Order: NativeOnly, Given: unbound(), Do: []Operation{load("xen-pciback", param)}, Want: want, After: after}
	}
	rows := []Row{
		row("hide=(00:09.0)(02:04.0)", 0, held(subject, "0000:02:04.0")),
		row("hide=(00:09.0) (02:04.0)", 0, held(subject, "0000:02:04.0")),
		row("hide=(0000:00:09.0)(0000:02:04.0)", 0, held(subject, "0000:02:04.0")),
		row("hide=(00:09.*)", 0, held(functions("0000:00:09")...)),
		row("hide=(0000:00:09.*)", 0, held(functions("0000:00:09")...)),
		row("hide=(02:*.*)", 0, unbound(wholeBus("0000:02")...)),
		row("hide=(0000:02:*.*)", 0, unbound(wholeBus("0000:02")...)),
		row("hide=(00:0A.0)", 0, unbound(twin).with(twin, "e1000")),
		row("hide=(00:09.0)(00:09.0)", 0, held(subject)),
		row("hide=(00:1f.7)", 0, unbound(absent)),
		row("hide=", 0, unbound()),
		row("nosuchparam=1", 0, unbound()),
		row("permissive=maybe", syscall.EINVAL, unbound()),
	}
	for _, value := range []string{"00:09.0", "(00:09.0", "(00:09.0),(02:04.0)", "(00:09.0)x", "( 00:09.0 )", "((00:09.0))", "(00:09.0)(garbage)", "(00:20.0)"} {
		rows = append(rows, row("hide="+value, syscall.EINVAL, unbound()))
	}
	return append(rows,
		row("hide", syscall.EINVAL, unbound()),
		Row{Section: "5.1", Name: "two words", Order: NativeOnly, Given: unbound(), Do: []Operation{load("xen-pciback", "hide=(02:04.0)", "(00:09.0)")},
			After: unbound("0000:02:04.0")},
		Row{Section: "5.1", Name: "a device on e1000 is not taken", Order: NativeOnly, Given: native(),
			Do: []Operation{load("xen-pciback", "hide=(00:09.0)")}, After: native(subject)},
		Row{Section: "5.1", Name: "loaded already", Given: unbound(), Do: []Operation{load("xen-pciback", "hide=(00:09.0)")}, After: unbound()},
		Row{Section: "5.1", Name: "a bridge, and what is behind it", Order: PcibackOnly, Needs: []string{bridge, behind}, Given: unbound(),
			Do: []Operation{unload("xen-pciback"), load("xen-pciback", "hide=(00:1e.0)")}, After: unbound(bridge).with(bridge, "pciback").with(behind, "pciback")},
		Row{Section: "5.1", Name: "hidden one stays, the twin goes to e1000", Order: PcibackOnly, Given: unbound(),
			Do: []Operation{unload("xen-pciback"), load("xen-pciback", "hide=(00:09.0)"), load("e1000")}, After: held(subject).with(twin, "e1000")},
	)
}
