package passthrough

import (
	"cmp"
	"context"
	"os"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// DeclareOptions are how devices are declared.
type DeclareOptions struct {
	Name         string // the name that xl is to know the device by; "" leaves the one it has
	Permissive   bool   // its guest may write all of its configuration space
	NoQuarantine bool   // leave Xen's quarantine out
	Force        bool   // declare also what dom0 needs
	DryRun       bool   // return what would be done, and do nothing

	// Together are devices of which all are declared, or none if one of them is refused.
	Together [][]pci.Address
}

// ListChange is a change of the declared list, and what was made of it for the
// next boots.
type ListChange struct {
	Declared  []pci.Address `json:"declared,omitempty"`  // by this call
	Withdrawn []pci.Address `json:"withdrawn,omitempty"` // from the list, by this call
	BootChange
}

func newListChange() ListChange {
	return ListChange{BootChange: BootChange{Layers: []Layer{}, Files: []FileChange{}, Commands: []string{}}}
}

// nothing reports whether neither the list nor a layer is concerned.
func (c ListChange) nothing() bool {
	return len(c.Withdrawn)+len(c.Declared)+len(c.Layers)+len(c.Removed)+len(c.Commands) == 0
}

// Declared is what became of a call to Declare.
type Declared struct {
	Change  ListChange `json:"change"`
	Refused []Outcome  `json:"refused,omitempty"` // devices that were not declared, and why
}

// Declare adds the devices to the declared list in /etc/xenpci, each with everything
// that tells it from others of its model, and has the boot layers hide them at every
// boot: the layers that are enabled or, if none is, those that Boot would choose. It
// hides nothing now.
//
// A device is refused if pciback can never hold it, or if dom0 needs it; dom0 may need
// one of several devices, and those that are declared already count. Where another
// declared device is one that dom0 needs, or a part of a USB controller, and the layers do
// not have it yet, the call fails: forcing is for the devices of the call. If the error is
// not nil, list and layers are what they were, unless its code is CodeNotTakenBack.
func (v *View) Declare(ctx context.Context, devices []pci.Address, o DeclareOptions, report func(Event)) (Declared, error) {
	r := newReporter(report)
	d, err := v.declare(ctx, devices, o, r)
	if err == nil {
		r.warn(refusals(d.forced)...)
	}
	return Declared{Change: d.change, Refused: newOutcomes(VerbHide, d.refused, o.DryRun)}, wrapped(err)
}

// declaring is what became of the devices that were to be declared.
type declaring struct {
	change   ListChange
	accepted []pci.Address // those that are declared now, by this call or before
	refused  []engine.Result
	forced   []engine.Result // what the guard refused, and was declared anyway
	list     *config.List    // with the devices
}

// once returns the addresses without repetitions, in the order given.
func once(addresses []pci.Address) []pci.Address {
	var all []pci.Address
	for _, a := range addresses {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

func (v *View) declare(ctx context.Context, devices []pci.Address, o DeclareOptions, r reporter) (declaring, error) {
	d := declaring{change: newListChange()}
	devices = once(devices)
	if err := checkName(o.Name, len(devices)); err != nil {
		return d, err
	}
	err := v.inTurn(ctx, r, o.DryRun, func(held *os.File) error {
		return v.declareInTurn(ctx, held, &d, devices, nil, o, r)
	})
	return d, err
}

// declareInTurn declares the devices. Those that are in as are declared like that, and not as they
// are now.
func (v *View) declareInTurn(ctx context.Context, held *os.File, d *declaring, devices []pci.Address, as map[pci.Address]config.Device, o DeclareOptions, r reporter) error {
	now, err := v.draft()
	if err != nil {
		return err
	}
	d.list = now.list
	r.warn(now.unreadDevices()...)
	d.refused, d.forced = v.refuse(devices, now.found(), o.Force, r)
	d.refused = refuseTogether(o.Together, devices, d.refused)
	d.refused = v.refuseApart(devices, now.found(), d.refused)
	d.accepted = slices.DeleteFunc(slices.Clone(devices), func(a pci.Address) bool {
		return slices.ContainsFunc(d.refused, func(r engine.Result) bool { return r.Device == a })
	})
	if len(d.accepted) == 0 {
		return nil
	}
	present := config.NewPresent(v.host.root, v.devicesOf(), now.list.Devices())
	for _, address := range d.accepted {
		added, err := v.add(now, present, address, as, o)
		if err != nil {
			return err
		}
		if added {
			d.change.Declared = append(d.change.Declared, address)
		}
	}
	return v.follow(ctx, held, &d.change, now.list, d.accepted, o.DryRun, r)
}

// refuseTogether adds to the refused those of the devices that go together with one of them.
func refuseTogether(groups [][]pci.Address, devices []pci.Address, refused []engine.Result) []engine.Result {
	for _, group := range groups {
		first := slices.IndexFunc(refused, func(r engine.Result) bool { return slices.Contains(group, r.Device) })
		if first < 0 {
			continue
		}
		cause := refused[first]
		for _, a := range group {
			if slices.Contains(devices, a) && !slices.ContainsFunc(refused, func(r engine.Result) bool { return r.Device == a }) {
				refused = append(refused, engine.Result{Device: a, Err: &engine.StaysBehindError{Device: a, Other: cause.Device, Err: cause.Err}})
			}
		}
	}
	return refused
}

// add plans the declaration of one device. It reports whether the device was not
// declared before.
func (v *View) add(now declared, present []config.Present, a pci.Address, as map[pci.Address]config.Device, o DeclareOptions) (added bool, err error) {
	was, tried := as[a]
	options := config.Options{Name: o.Name, Permissive: o.Permissive, NoQuarantine: o.NoQuarantine}
	if tried {
		options = was.Options
	}
	switch already := now.has(a); {
	case already != nil && isAt(*already, a):
		return false, now.list.Set(already.Address, merged(already.Options, options))
	case already != nil:
		return false, inTheWay(*already, a)
	case tried:
		return true, now.list.Add(was)
	}
	one, ok := config.Closer(v.host.root, present, a)
	if !ok {
		return false, v.unreadable(a)
	}
	device := config.Identify(one)
	device.Options = options
	return true, now.list.Add(device)
}

// unreadable returns why a device is not among those that were read.
func (v *View) unreadable(a pci.Address) error {
	if !v.present(a) {
		return &pciback.NoDeviceError{Device: a}
	}
	_, err := v.allDevices()
	for _, one := range AsErrors(err) {
		if one.Device != nil && *one.Device == a {
			return one
		}
	}
	return &Error{Code: CodeUnreadable, Device: &a, Reason: "cannot be read"}
}

// present reports whether the kernel has a device, whether it can be read or not.
func (v *View) present(a pci.Address) bool {
	addresses, _ := v.Addresses()
	return slices.Contains(addresses, a)
}

// devicesOf returns all devices that can be read.
func (v *View) devicesOf() []pci.Device {
	devices, _ := v.allDevices()
	return devices
}

// merged are the options that a device was declared with, and those that are
// given now.
func merged(old, now config.Options) config.Options {
	old.Name = cmp.Or(now.Name, old.Name)
	old.Permissive = old.Permissive || now.Permissive
	old.NoQuarantine = old.NoQuarantine || now.NoQuarantine
	return old
}

// refuse returns those of the devices that are not to be declared: what pciback
// can never hold, what dom0 needs, and a part of a USB controller, where they go
// together with others that are declared already. With force the latter are declared anyway, and are
// in forced.
func (v *View) refuse(devices, others []pci.Address, force bool, r reporter) (refused, forced []engine.Result) {
	for _, result := range v.engine(r).Refused(v.devicesAt(devices), v.devicesAt(others)...) {
		if force && needed(result.Err) != nil {
			forced = append(forced, result)
		} else {
			refused = append(refused, result)
		}
	}
	refused = v.refuseApart(devices, others, refused)
	forced = slices.DeleteFunc(forced, func(f engine.Result) bool {
		return slices.ContainsFunc(refused, func(r engine.Result) bool { return r.Device == f.Device })
	})
	return refused, forced
}

// follow has the enabled boot layers follow the edits of the list, and carries
// both out as one change. declares are the devices that a call declares: where no
// layer is enabled, the chosen ones are enabled for them, and not for a call that
// only takes devices off the list.
func (v *View) follow(ctx context.Context, held *os.File, part *ListChange, list *config.List, declares []pci.Address, dryRun bool, r reporter) error {
	after, err := v.find(list)
	if err != nil {
		return err
	}
	b, err := v.booting(ctx, held, after)
	if err != nil {
		return err
	}
	r.warn(problems(list)...)
	r.warn(b.notes...)
	r.warn(b.leftOut()...)
	b.list.Edits = list.Changes()
	var choice boot.Choice
	switch {
	case b.list.Declared == 0:
	case len(b.enabled) > 0:
		choice = boot.Keep(b.host, b.list.Devices, b.enabled)
	case len(declares) > 0:
		if err := b.noLayer(); err != nil {
			return err
		}
		choice = boot.Choose(b.host, b.list.Devices)
	}
	// What the guard says of the devices of this call is reported when they are hidden.
	if why := v.newlyLost(b, choice.Layers, r, declares...); why != nil {
		return why
	}
	if err := b.refused(choice.Layers); err != nil && len(declares) > 0 {
		return err
	}
	if len(b.list.Edits) == 0 && len(b.enabled) == 0 && len(declares) == 0 {
		// There is nothing to do, unless a call that was killed left something.
		if setup, err := boot.Prepare(ctx, b.host, b.list, nil); err != nil || setup.Nothing() {
			return err
		}
	}
	part.BootChange, err = v.setUp(ctx, b, choice, dryRun, r)
	return err
}
