package reconcile

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// mostRounds is how often one Reconcile looks and acts, at most. What is left to do then
// waits for the next one.
const mostRounds = 4

// Reconciler keeps the declared devices of one host hidden. Its methods must not be
// called by several goroutines at once.
type Reconciler struct {
	Host    *passthrough.Host
	OnDrift passthrough.Drift // of devices that have none of their own
	Now     func() time.Time

	// Changed is told of each change of a state, Warn of what could not be found out and of
	// what went wrong, once as long as it lasts, and Arrived of a device that appeared
	// and of the driver that it went to before anything was done. None may be nil.
	Changed func(Change)
	Warn    func(passthrough.Remark)
	Arrived func(device pci.Address, driver string)

	memories map[pci.Address]*memory // by the declared address
	list     passthrough.List        // that was read last
	told     map[string]bool         // remarks of the last Reconcile, by their text
	telling  map[string]bool         // those of this one
}

// New returns a Reconciler of a host that tells nobody anything.
func New(host *passthrough.Host) *Reconciler {
	return &Reconciler{
		Host: host, OnDrift: passthrough.DriftHide, Now: time.Now,
		Changed: func(Change) {}, Warn: func(passthrough.Remark) {}, Arrived: func(pci.Address, string) {},
		memories: map[pci.Address]*memory{}, told: map[string]bool{}, telling: map[string]bool{},
	}
}

// Result is what a Reconcile found.
type Result struct {
	Kept    passthrough.Kept
	Devices []Device  // in the order of the list
	Next    time.Time // when to look again, at the latest; zero where nothing waits
	Done    int       // how many devices were moved
	Err     error     // why the machine could not be looked at, or a turn could not be had
}

// Reconcile looks, and does what is to be done, until nothing is. The states are those
// of the last look, so that nothing is reported that was not read back.
func (r *Reconciler) Reconcile(ctx context.Context) Result {
	var result Result
	r.telling = map[string]bool{}
	defer func() { r.told = r.telling }()
	if r.Host.Unfinished() {
		if err := r.Host.Recover(ctx, r.event); err != nil {
			r.warn(err)
		}
	}
	for round := 1; ; round++ {
		view := r.Host.Look()
		view.Keep(r.list)
		r.list = view.List()
		kept, err := view.Kept(ctx)
		if err != nil {
			result.Err = err
			return result
		}
		for _, remark := range slices.Concat(kept.Problems, kept.Notes) {
			r.remark(remark)
		}
		todo := r.decide(kept)
		result.Kept = kept
		if round == mostRounds || ctx.Err() != nil || !r.act(ctx, view, todo, &result) {
			break
		}
	}
	result.Devices, result.Next = r.devices(result.Kept)
	return result
}

// plan is what is to be done, by the address at which it is to be done.
type plan struct {
	hide, reserve []*memory
	notes         map[*memory]action
	strangers     bool // other cards are in the places of declared ones
}

// decide decides about each device, and tells of what has changed.
func (r *Reconciler) decide(k passthrough.Kept) plan {
	p := plan{notes: map[*memory]action{}}
	now := r.Now()
	there := k.Pciback.Presence == passthrough.PresenceLoaded || k.Pciback.Presence == passthrough.PresenceBuiltIn
	for _, d := range k.Devices {
		m := r.memories[d.Address]
		if m == nil {
			m = &memory{}
			r.memories[d.Address] = m
		}
		was := *m
		if was.State != "" && !m.at(d.At()) { // the card moved, and what is remembered is of its old address
			*m = memory{}
			m.State = was.State
		}
		drift := cmp.Or(d.OnDrift, r.OnDrift)
		switch todo := m.decide(d, there, drift, now); todo {
		case 0:
		case hide:
			p.hide = append(p.hide, m)
		case reserve:
			p.reserve = append(p.reserve, m)
		default:
			p.notes[m] = todo
		}
		p.strangers = p.strangers || drift == passthrough.DriftHide && (d.Place == passthrough.PlaceAnother || d.Place == passthrough.PlaceMoved)
		r.tell(was, m, now)
	}
	for a, m := range r.memories {
		if !slices.ContainsFunc(k.Devices, func(d passthrough.KeptDevice) bool { return d.Address == a }) {
			delete(r.memories, a)
			r.Changed(Change{Time: now, Was: m.State, Gone: true, DeclaredDevice: m.Device})
		}
	}
	return p
}

// tell tells of a device that has changed.
func (r *Reconciler) tell(was memory, m *memory, now time.Time) {
	if was.State == Absent && m.found() {
		r.Arrived(m.Device.Device, m.Driver)
	}
	if was.State == m.State && was.Guest == m.Guest && was.Device.Device == m.Device.Device {
		return
	}
	m.Since = now
	change := Change{Time: now, Was: was.State, DeclaredDevice: m.Device}
	if m.State == Hidden && !was.hidden && was.found() && len(m.losses) > 0 {
		change.Back = cmp.Or(m.losses[len(m.losses)-1].driver, "none")
	}
	r.Changed(change)
}

// act carries the plan out. It reports whether something was done, so that another look
// is due.
func (r *Reconciler) act(ctx context.Context, view *passthrough.View, p plan, result *Result) (did bool) {
	for m, note := range p.notes {
		r.note(m.Device.Device, note)
	}
	if len(p.reserve) > 0 {
		did = r.reserve(ctx, view, p.reserve)
	}
	if len(p.hide) > 0 || p.strangers {
		did = r.hide(ctx, view, p.hide, result) || did
	}
	return did || len(p.notes) > 0
}

func (r *Reconciler) note(a pci.Address, note action) {
	var err error
	switch note {
	case noteHidden:
		err = r.Host.SetIntent(a, passthrough.IntentHidden)
	case noteGivenBack:
		err = r.Host.SetIntent(a, passthrough.IntentGivenBack)
	case forget:
		err = r.Host.ForgetIntent(a)
	}
	if err != nil {
		r.warn(err)
	}
}

// reserve registers slots in advance. It reports whether it has registered one.
func (r *Reconciler) reserve(ctx context.Context, view *passthrough.View, absent []*memory) (did bool) {
	outcomes, err := view.Reserve(ctx, addresses(absent), r.event)
	if err != nil {
		r.warn(err)
	}
	for _, o := range outcomes {
		if o.Error != nil {
			r.warn(o.Error)
			continue
		}
		did = true
	}
	return did
}

// hide hides devices, and gives back other cards that are in the place of declared ones.
// It reports whether a device was moved, or could not be.
func (r *Reconciler) hide(ctx context.Context, view *passthrough.View, wanted []*memory, result *Result) (did bool) {
	applied, err := view.Apply(ctx, passthrough.ApplyOptions{Only: addresses(wanted)}, r.event)
	for _, o := range applied.Devices {
		did = did || o.Outcome == passthrough.OutcomeDone
		if o.Outcome == passthrough.OutcomeDone {
			result.Done++
		}
		for _, m := range wanted {
			if m.at(o.Device) && o.Error != nil {
				m.fail(o.Error, r.Now())
				did = true
			}
		}
	}
	if err != nil { // no device was touched, or some were not
		for _, m := range wanted {
			if !slices.ContainsFunc(applied.Devices, func(o passthrough.Outcome) bool { return m.at(o.Device) }) {
				failed := passthrough.AsErrors(err)[0]
				m.fail(failed, r.Now())
				did = true
			}
		}
		result.Err = err
	}
	return did
}

// addresses returns where the devices are.
func addresses(memories []*memory) []pci.Address {
	all := make([]pci.Address, len(memories))
	for i, m := range memories {
		all[i] = m.Device.Device
	}
	return all
}

// devices returns the states of the last look, and when the first of them changes by
// itself.
func (r *Reconciler) devices(k passthrough.Kept) (all []Device, next time.Time) {
	all = make([]Device, len(k.Devices))
	for i, d := range k.Devices {
		all[i] = r.memories[d.Address].Device
		if retry := all[i].Retry; retry != nil && (next.IsZero() || retry.Before(next)) {
			next = *retry
		}
	}
	return all, next
}

// Reload has devices that were given back, contested, refused or failed tried again at
// the next look.
func (r *Reconciler) Reload() {
	intents, err := r.Host.Intents()
	if err != nil {
		r.warn(err)
	}
	for _, m := range r.memories {
		m.reload()
		if intents[m.Device.Device] == passthrough.IntentGivenBack {
			r.note(m.Device.Device, forget)
		}
	}
}

// event passes on what a verb warns of.
func (r *Reconciler) event(e passthrough.Event) {
	if e.Kind == passthrough.EventWarning {
		r.remark(e.Remark)
	}
}

func (r *Reconciler) warn(err error) {
	for _, e := range passthrough.AsErrors(err) {
		r.remark(passthrough.Remark{Device: e.Device, Code: e.Code, Reason: e.Reason, Advice: e.Advice})
	}
}

// remark tells of what was not told by the last Reconcile, or this one, already. That a
// declared device was not found is its state.
func (r *Reconciler) remark(remark passthrough.Remark) {
	if remark.Code == passthrough.CodeNotFound {
		return
	}
	text := remark.String()
	if !r.telling[text] && !r.told[text] {
		r.Warn(remark)
	}
	r.telling[text] = true
}
