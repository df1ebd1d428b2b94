//go:build xen

package dom0

import "testing"

// TestDaemonModule loads a card's driver after the daemon has started and the card is
// there: the card is hidden before the driver comes, and stays so. A card that is declared
// after that is taken from the driver; one that was given back is left to it.
func TestDaemonModule(t *testing.T) {
	qemu := openMonitor(t)
	run(t, "modprobe", "-r", "e1000e")
	startDaemon(t, plugged)
	wantState(t, plugged, "absent")
	qemu.plug(t, "e1000e", "port1", "card1", plugged)
	t.Cleanup(func() { qemu.pull(t, "card1", plugged) })
	wantState(t, plugged, "hidden")
	must(t, "modprobe", "e1000e")
	must(t, "xenpci", "call", "Reconcile")
	wantState(t, plugged, "hidden")
	wantHidden(t, plugged)

	// A driver that is loaded again does not get it either.
	must(t, "rmmod", "e1000e")
	must(t, "modprobe", "e1000e")
	must(t, "xenpci", "call", "Reconcile")
	wantHidden(t, plugged)

	must(t, "rmmod", "e1000e")
	must(t, "xenpci", "unhide", plugged)
	wantState(t, plugged, "given_back")
	must(t, "modprobe", "e1000e")
	eventually(t, "its driver has the card that was given back", patience, func() bool { return driver(plugged) == "e1000e" })
	must(t, "xenpci", "call", "Reconcile")
	wantState(t, plugged, "given_back")

	writeDevices(t)
	eventually(t, "nothing is declared", patience, func() bool { return state(t, plugged) == "" })
	xenpci(t, done, "hide", plugged)
	xenpci(t, done, "unhide", plugged)
	must(t, "rmmod", "e1000e")
	must(t, "xenpci", "call", "Reload")
	writeDevices(t, plugged)
	wantState(t, plugged, "given_back") // as xenpci has noted
	must(t, "xenpci", "daemon", "reload")
	wantState(t, plugged, "hidden")
	must(t, "modprobe", "e1000e")
	wantHidden(t, plugged)
}
