package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// give gives a hidden device to a guest, as xl create does.
func give(t *testing.T, m machine, server *xenstoretest.Server, a pci.Address, id int, name string) {
	t.Helper()
	must(t, m.Assign(a.String(), id))
	must(t, enginetest.Xen{Root: m.Root}.Start(uint16(id)))
	if server == nil {
		return
	}
	server.Introduce(uint16(id), true)
	backend := fmt.Sprintf("/local/domain/0/backend/pci/%d/0/", id)
	for path, value := range map[string]string{
		pciback.LibxlNode(a) + "/domid":          fmt.Sprint(id),
		fmt.Sprintf("/local/domain/%d/name", id): name,
		backend + "num_devs":                     "1",
		backend + "dev-0":                        a.String(),
		backend + "state-0":                      "3",
	} {
		server.Set(path, value)
	}
}

func TestUnhideOfAGuestsDevice(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	m.hide(t, nine, ten)
	give(t, m, server, nine, 7, "router")
	results, err := m.Unhide(m.context(t), []pci.Address{nine, ten}, plan.UnhideOptions{}, engine.Options{})
	must(t, err)
	var inUse *plan.InUseError
	if !errors.As(results[0].Err, &inUse) || inUse.Guest != (pciback.Guest{ID: 7, Name: "router"}) || results[1].Err != nil {
		t.Errorf("%v", errorOf(results...))
	}
	if m.state(t, nine) != hidden || m.state(t, ten) != onE1000 || !(enginetest.Xen{Root: m.Root}).Quarantined(nine) {
		t.Errorf("at %+v and %+v", m.state(t, nine), m.state(t, ten))
	}
	// To hide it is done, and takes nothing from the guest.
	if again := m.hide(t, nine); !again[0].Already {
		t.Errorf("%+v", again)
	}
}

// TestStaleGuest has the nodes of a guest that was destroyed after somebody had
// unbound its device by force: they stay for ever.
func TestStaleGuest(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	m.hide(t, nine)
	const backend = "/local/domain/0/backend/pci/1/0/"
	for path, value := range map[string]string{
		"/libxl/pci/0000-00-09-0/domid": "1", backend + "num_devs": "1", backend + "dev-0": "0000:00:09.0",
		backend + "state-0": "5", backend + "state": "6", backend + "online": "1",
	} {
		server.Set(path, value)
	}
	m.unhide(t, nine)
	if got := m.state(t, nine); got != onE1000 {
		t.Errorf("at %+v", got)
	}
}

// TestGuestWithoutXenstored: a backend says that a guest has a device, and not
// which one.
func TestGuestWithoutXenstored(t *testing.T) {
	m := loaded(t, "qemu")
	m.hide(t, nine, ten)
	give(t, m, nil, nine, 7, "router")
	_, err := m.Unhide(m.context(t), []pci.Address{ten}, plan.UnhideOptions{}, engine.Options{})
	var unknown *engine.UnknownGuestError
	if !errors.As(err, &unknown) || unknown.Domain != 7 {
		t.Fatalf("%v", err)
	}
	if m.state(t, nine) != hidden || m.state(t, ten) != hidden {
		t.Errorf("at %+v and %+v", m.state(t, nine), m.state(t, ten))
	}
	if left := m.journals(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	status, err := m.Status(m.context(t))
	must(t, err)
	if len(status.Devices) != 2 || !status.GuestsUnknown || len(status.Notes) != 1 || !strings.Contains(status.Notes[0].Reason, "domain 7 has a PCI device") {
		t.Errorf("%+v", status)
	}
	// The backend of a domain that is gone keeps nobody.
	must(t, m.Deassign(nine.String()))
	must(t, m.Assign(nine.String(), 8))
	m.unhide(t, ten)
}

// TestGuestTookItMeanwhile: what a killed unhide began is not ended against a
// guest.
func TestGuestTookItMeanwhile(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	m.hide(t, nine)
	action, err := plan.ForUnhide(plan.Facts{Device: nine, State: hidden, Came: "e1000"}, plan.UnhideOptions{})
	must(t, err)
	must(t, begun(t, m, action).Close())
	give(t, m, server, nine, 7, "router")
	must(t, m.Recover(m.context(t)))
	if got := m.state(t, nine); got != hidden {
		t.Errorf("at %+v", got)
	}
	if left := m.journals(t); len(left) > 0 || !strings.Contains(m.said.all(), "guest router (domain 7) has it") {
		t.Errorf("left: %v, says %q", left, m.said.all())
	}
}

// TestXenstoredRefuses: who has the device is not known, so it stays.
func TestXenstoredRefuses(t *testing.T) {
	m := loaded(t, "qemu")
	server := xenstoretest.Start(t, m.Root)
	m.hide(t, nine)
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		return xenstoretest.Fault{Drop: strings.HasPrefix(r.Path, "/libxl/pci")}
	})
	_, err := m.Unhide(m.context(t), []pci.Address{nine}, plan.UnhideOptions{}, engine.Options{})
	if err == nil || m.state(t, nine) != hidden {
		t.Errorf("%v, and it is at %+v", err, m.state(t, nine))
	}
}
