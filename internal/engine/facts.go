package engine

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// planner decides what is done with one device.
type planner struct {
	// decide makes the plan from the facts.
	decide func(plan.Facts) (plan.Action, error)
	// together are devices of which all are taken, or none if one is refused.
	together [][]pci.Address
	// veto returns why a device is to stay where it is; it may be nil.
	veto func(pci.Address) error
	// takes is whether pciback is to have the devices, and must be there.
	takes bool
	// returns is whether the devices are to go back, and facts about where it
	// came from are wanted.
	returns bool
}

// facts finds out what there is to know of the devices, for a plan. An error of
// one device is in its Result; devices on which a write waits are not even
// looked at, since that would wait too.
func (o outside) facts(ctx context.Context, e *Engine, results []Result, p planner, stuck map[pci.Address]string) ([]plan.Facts, error) {
	slots, err := o.pciback.Slots()
	if err != nil {
		return nil, err
	}
	facts := make([]plan.Facts, len(results))
	sideBySide(len(results), func(i int) {
		r := &results[i]
		if why, ok := stuck[r.Device]; ok {
			r.Err = &StuckError{Device: r.Device, Why: why}
			return
		}
		facts[i], r.Err = o.fact(ctx, r.Device, slots)
		if gone := (*pciback.NoDeviceError)(nil); p.returns && errors.As(r.Err, &gone) && facts[i].State.Slot == pciback.SlotRegistered {
			facts[i].Absent, r.Err = true, nil
		}
	})
	if p.takes {
		addFindings(facts, results, o.guard)
	}
	if err := o.addGuests(ctx, facts, p); err != nil || !p.returns {
		return facts, err
	}
	for i := range facts {
		if r := &results[i]; r.Err == nil {
			r.Err = o.addOrigin(ctx, e, &facts[i])
		}
	}
	return facts, nil
}

// fact finds out what the kernel says of one device.
func (o outside) fact(ctx context.Context, a pci.Address, slots pciback.Slots) (f plan.Facts, err error) {
	f.Device = a
	if f.State, err = o.pciback.StateIn(ctx, a, slots); err == nil {
		f.ByOverride = o.pciback.NeedsOverride(a)
		f.CardBus = o.pciback.CardBus(a)
	}
	return f, err
}

// addFindings notes what is to be considered before the devices are taken from
// dom0, all of them together.
func addFindings(facts []plan.Facts, results []Result, guard func() *graph.Graph) {
	var taken []pci.Address
	for i := range facts {
		if results[i].Err == nil && !facts[i].State.Hidden() {
			taken = append(taken, facts[i].Device)
		}
	}
	for i := range facts {
		if slices.Contains(taken, facts[i].Device) {
			facts[i].Findings = guard().Findings(facts[i].Device, taken...)
		}
	}
}

// asksGuests reports whether the plan for a device depends on which guest has it.
// Only pciback's devices can be a guest's; what goes back to dom0 is looked at
// in any case.
func (p planner) asksGuests(f plan.Facts) bool { return p.returns || f.State.Hidden() }

// addGuests notes which devices guests have. Where no plan depends on that,
// neither xenstored nor the hypervisor is asked.
func (o outside) addGuests(ctx context.Context, facts []plan.Facts, p planner) error {
	if !slices.ContainsFunc(facts, p.asksGuests) {
		return nil
	}
	guests, err := o.guests(ctx)
	if err != nil {
		return err
	}
	for i := range facts {
		if guest, ok := guests[facts[i].Device]; ok {
			facts[i].Guest = &guest
		}
	}
	return nil
}

// came returns the driver that a hidden device came from; "" where nobody noted it, or the
// note cannot be read.
func (o outside) came(ctx context.Context, e *Engine, a pci.Address) string {
	f := plan.Facts{Device: a}
	_ = o.addOrigin(ctx, e, &f)
	return f.Came
}

// addOrigin notes where a device came from: by our own record or, before that,
// by xenstore's, since xl may have hidden the device since.
func (o outside) addOrigin(ctx context.Context, e *Engine, f *plan.Facts) (err error) {
	f.Modalias, _ = e.FS.Attribute("/sys/bus/pci/devices/" + f.Device.String() + "/modalias")
	if f.Came, err = e.origin(f.Device); err != nil {
		return &StepError{f.Device, plan.ReadOrigin, err}
	}
	if o.store == nil {
		return nil
	}
	path, err := o.store.Read(ctx, pciback.LibxlDriverNode(f.Device))
	if errors.Is(err, fs.ErrNotExist) {
		_, err = o.store.Read(ctx, pciback.LibxlNode(f.Device))
	} else if driver := pciback.ParseLibxlDriver(path); err == nil && driver != "" {
		f.Came = driver
	}
	f.Noted = err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &StepError{f.Device, plan.ReadOrigin, err}
	}
	return nil
}
