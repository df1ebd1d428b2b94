package reconcile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// xenpci is a person's command, which must succeed.
func (w *world) xenpci(verb passthrough.Verb, addresses ...string) {
	w.t.Helper()
	host, err := passthrough.Open(w.kernel.Root, passthrough.Options{})
	must(w.t, err)
	var at []pci.Address
	for _, a := range addresses {
		at = append(at, mustParse(w.t, a))
	}
	var moved passthrough.Moved
	if verb == passthrough.VerbHide {
		moved, err = host.Look().Hide(w.context(w.kernel), at, passthrough.HideOptions{}, nil)
	} else {
		moved, err = host.Look().Unhide(w.context(w.kernel), at, passthrough.UnhideOptions{}, nil)
	}
	must(w.t, err)
	for _, o := range moved.Devices {
		if o.Error != nil {
			w.t.Fatal(o.Error)
		}
	}
}

func (w *world) hide(addresses ...string) { w.t.Helper(); w.xenpci(passthrough.VerbHide, addresses...) }
func (w *world) unhide(addresses ...string) {
	w.t.Helper()
	w.xenpci(passthrough.VerbUnhide, addresses...)
}

// unbind takes a device from its driver.
func (w *world) unbind(address string) {
	w.t.Helper()
	w.write(drivers+w.driver(address)+"/unbind", address)
}

// xlAdd is xl pci-assignable-add (libxl_pci.c).
func (w *world) xlAdd(address string) {
	w.t.Helper()
	if w.driver(address) != "" {
		w.unbind(address)
	}
	w.write(drivers+"pciback/new_slot", address)
	w.write(drivers+"pciback/bind", address)
}

// xlRemove is xl pci-assignable-remove, with -r if a driver is given. It calls between
// after the device was unbound.
func (w *world) xlRemove(address, driver string, between func()) {
	w.t.Helper()
	w.write(drivers+"pciback/unbind", address)
	if between != nil {
		between()
	}
	w.write(drivers+"pciback/remove_slot", address)
	if driver != "" {
		w.write(drivers+driver+"/bind", address)
	}
}

// libvirtTake and libvirtGive are what libvirt does with managed='yes' when a guest starts and
// ends: it sets the override and has the bus probed. The slot that pciback registers for such a
// device stays. It leaves alone what pciback had before.
func (w *world) libvirtTake(address string) {
	w.t.Helper()
	w.write(devices+address+"/driver_override", "pciback")
	w.unbind(address)
	w.write("/sys/bus/pci/drivers_probe", address)
}

func (w *world) libvirtGive(address string) {
	w.t.Helper()
	w.write(devices+address+"/driver_override", "\n")
	w.unbind(address)
	w.write("/sys/bus/pci/drivers_probe", address)
}

// guest starts a guest with devices.
func (w *world) guest(id int, name string, addresses ...string) {
	w.t.Helper()
	must(w.t, enginetest.Xen{Root: w.kernel.Root}.Start(uint16(id)))
	w.store.Introduce(uint16(id), true)
	backend := fmt.Sprintf("/local/domain/0/backend/pci/%d/0/", id)
	w.store.Set(fmt.Sprintf("/local/domain/%d/name", id), name)
	w.store.Set(backend+"num_devs", fmt.Sprint(len(addresses)))
	for i, a := range addresses {
		must(w.t, w.kernel.Assign(a, id))
		w.store.Set(pciback.LibxlNode(mustParse(w.t, a))+"/domid", fmt.Sprint(id))
		w.store.Set(fmt.Sprintf("%sdev-%d", backend, i), a)
		w.store.Set(fmt.Sprintf("%sstate-%d", backend, i), "3")
	}
}

// endGuest ends it, with a shutdown or by xl destroy: the nodes may stay for some time.
func (w *world) endGuest(id int, addresses ...string) {
	w.t.Helper()
	for _, a := range addresses {
		must(w.t, w.kernel.Deassign(a))
	}
	must(w.t, os.Remove(filepath.Join(w.kernel.Root, ".xen", "domain", fmt.Sprint(id))))
	w.store.Introduce(uint16(id), false)
}
