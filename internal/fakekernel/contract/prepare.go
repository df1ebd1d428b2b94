package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// runner puts the kernel into the initial state of a row.
type runner struct {
	kernel Kernel
	view
	order Order // the current order of the drivers' registration
}

// unknown is the order after a row has loaded or unloaded a module.
const unknown = Order(-1)

// homes returns the drivers of the table's devices between rows.
func homes() Drivers {
	return Drivers{twin: "e1000", behind: "e1000", realtek: "8139cp", bridge: "", noDriver: ""}
}

func (r *runner) do(o Operation) error {
	switch {
	case o.Load != "":
		r.order = unknown
		return r.kernel.LoadModule(o.Load, o.Params...)
	case o.Unload != "":
		r.order = unknown
		return r.kernel.UnloadModule(o.Unload)
	}
	return r.kernel.Write(o.File, o.Value)
}

// all makes operations in order until one fails.
func (r *runner) all(operations ...Operation) error {
	for _, o := range operations {
		if err := r.do(o); err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
	}
	return nil
}

func (r *runner) prepare(row Row) error {
	steps := []func() error{
		r.everyDevice,
		r.noOverrides,
		func() error { return r.register(row.Order) },
		r.noSlots,
		r.sendHome,
		func() error { return r.place(row.Given) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// everyDevice brings back the devices that a row has removed.
func (r *runner) everyDevice() error {
	if r.fs.Exists(device+subject) && r.fs.Exists(device+twin) {
		return nil
	}
	return r.all(write("/sys/bus/pci/rescan", "1"))
}

func (r *runner) noOverrides() error {
	for _, address := range []string{subject, twin, behind, realtek} {
		if r.fs.Exists(device + address + "/driver_override") {
			if err := r.all(write(device+address+"/driver_override", "\n")); err != nil {
				return err
			}
		}
	}
	return nil
}

// register loads the modules in an order, which alone decides which driver is probed first.
func (r *runner) register(order Order) error {
	if r.order == order {
		return nil
	}
	sequences := map[Order][]Operation{
		NativeFirst:  {load("e1000"), load("xen-pciback")},
		PcibackFirst: {load("xen-pciback"), load("e1000")},
		NativeOnly:   {load("e1000")},
		PcibackOnly:  {load("xen-pciback")},
	}
	if err := r.all(append([]Operation{unload("xen-pciback"), unload("e1000")}, sequences[order]...)...); err != nil {
		return err
	}
	r.order = order
	return nil
}

// noSlots empties the list of slots, of which the kernel shows only the first page.
func (r *runner) noSlots() error {
	const pages = 1 << 10
	for range pages {
		slots := r.slots()
		if len(slots) == 0 {
			return nil
		}
		bus := slots[0][:strings.LastIndexByte(slots[0], ':')]
		if err := r.all(removeSlot(bus + ":*.*")); err != nil {
			return err
		}
	}
	return fmt.Errorf("slots: not empty after %d pages", pages)
}

// sendHome returns the other devices to the drivers that they have between rows, if those are
// loaded.
func (r *runner) sendHome() error {
	homes := homes()
	for _, address := range slices.Sorted(maps.Keys(homes)) {
		if now := r.driver(address); now == "pciback" || now == "" {
			if err := r.move(address, homes[address]); err != nil {
				return err
			}
		}
	}
	return nil
}

// move unbinds the device from its driver, and binds it to another one if that is loaded.
func (r *runner) move(address, driver string) error {
	now := r.driver(address)
	if now == driver || now == Gone {
		return nil
	}
	if now != "" {
		if err := r.all(write(device+address+"/driver/unbind", address)); err != nil {
			return err
		}
	}
	if driver == "" || !r.fs.Exists(drivers+driver) {
		return nil
	}
	if driver == "pciback" {
		return r.all(newSlot(address), bind(driver, address), removeSlot(address))
	}
	return r.all(bind(driver, address))
}

// place puts the subject into a state.
func (r *runner) place(given State) error {
	if err := r.move(subject, given.Driver); err != nil {
		return err
	}
	for _, slot := range given.Slots {
		if err := r.all(newSlot(slot)); err != nil {
			return err
		}
	}
	if given.Override != "(null)" {
		return r.all(override(given.Override))
	}
	return nil
}

// leave restores the machine: native drivers bound, no slots.
func (r *runner) leave(t *testing.T) {
	if err := r.prepare(Row{Given: native()}); err != nil {
		t.Errorf("after the last row: %v", err)
	}
}
