package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// runner puts the kernel into the state that a row begins with.
type runner struct {
	kernel Kernel
	view
	order Order // of the drivers' registration now
}

// unknown is the order after a row has loaded or unloaded a module.
const unknown = Order(-1)

// homes are the drivers that devices of the table have between rows.
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

// all does one operation after another, until one fails.
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

// everyDevice brings back what a row has removed.
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

// register loads the modules in the wanted order; that alone decides who is
// asked first.
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

// noSlots empties the list, which shows only its first page at a time.
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

// sendHome gives the other devices back to the drivers that they have between
// rows, as far as those are loaded.
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

// move takes the device from its driver, and binds it to another one that is
// loaded.
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

// place makes the state of the subject.
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

// leave gives the machine back as it was: native drivers bound, no slots.
func (r *runner) leave(t *testing.T) {
	if err := r.prepare(Row{Given: native()}); err != nil {
		t.Errorf("after the last row: %v", err)
	}
}
