package passthrough

import (
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Kept is the declared list, where its devices are, and who has them.
type Kept struct {
	Devices       []KeptDevice  `json:"devices"`
	Problems      []Remark      `json:"problems,omitempty"` // parts of the list that cannot be read
	Pciback       Pciback       `json:"pciback"`
	Notes         []Remark      `json:"notes,omitempty"`          // what could not be found out
	LeftOver      []pci.Address `json:"left_over,omitempty"`      // slots that Reserve registered for a device that is not expected there any more; Apply removes them
	GuestsUnknown bool          `json:"guests_unknown,omitempty"` // it is not known which guests have devices
}

// KeptDevice is one declared device.
type KeptDevice struct {
	Declaration
	Status DeviceStatus `json:"status"` // where it is now or, where it was not found, of its declared address
	Intent Intent       `json:"intent,omitempty"`
}

// At is the address that Status is about.
func (d KeptDevice) At() pci.Address { return d.Status.Device }

// List is the declared list as it was read, with the parts that cannot be read. The
// zero value is no list.
type List struct {
	list *config.List
}

// List returns the list that the view reads.
func (v *View) List() List {
	list, _ := v.openList()
	return List{list}
}

// Keep has the view use what last declared in the place of those parts of the list that
// cannot be read. Its problems stay in what the verbs return. It is for a view that
// edits no list.
func (v *View) Keep(last List) {
	if list, _ := v.openList(); last.list != nil {
		v.list.set(list.Over(last.list))
	}
}

// Kept returns the declared devices, each with where it is, who has it, and what was
// last decided about it. It changes nothing.
func (v *View) Kept(ctx context.Context) (Kept, error) {
	d, err := v.declared()
	if err != nil {
		return Kept{}, wrapped(err)
	}
	at := make([]pci.Address, len(d.findings))
	for i, f := range d.findings {
		if at[i] = f.Address; f.Found() {
			at[i] = f.Now
		}
	}
	kept := Kept{Devices: []KeptDevice{}, Problems: problems(d.list), Notes: d.unreadDevices()}
	intents, err := v.host.Intents()
	if err != nil {
		kept.Notes = append(kept.Notes, asError(err).remark())
	}
	kept.LeftOver = d.leftOver(intents)
	if len(at) == 0 {
		return kept, nil
	}
	status, err := v.engine(reporter{}).Status(ctx, at...)
	if err != nil {
		return Kept{}, asError(err)
	}
	s := v.newStatus(status)
	v.name(s.Devices)
	kept.Pciback, kept.GuestsUnknown, kept.Notes = s.Pciback, s.GuestsUnknown, append(kept.Notes, s.Notes...)
	for i, f := range d.findings {
		device := KeptDevice{Declaration: newDeclaration(f), Intent: intents[at[i]]}
		n := slices.IndexFunc(s.Devices, func(s DeviceStatus) bool { return s.Device == at[i] })
		device.Status = s.Devices[n]
		kept.Devices = append(kept.Devices, device)
	}
	return kept, nil
}

// Reserve registers pciback's slots for addresses at which no device is, so that a
// device which appears there goes to pciback, if pciback registered with the bus before
// the driver that matches. What became of each is in its Outcome, whose State has the slot
// as it was read back. A card that is not the declared one is given back by Apply.
func (v *View) Reserve(ctx context.Context, addresses []pci.Address, report func(Event)) ([]Outcome, error) {
	r := newReporter(report)
	defer v.stale()
	results, err := v.engine(r).Reserve(ctx, once(addresses))
	outcomes := newOutcomes(VerbReserve, results, false)
	for _, o := range outcomes {
		if o.Error == nil {
			if err := v.host.SetIntent(o.Device, IntentReserved); err != nil {
				r.warn(asError(err).remark())
			}
		}
	}
	return outcomes, wrapped(err)
}
