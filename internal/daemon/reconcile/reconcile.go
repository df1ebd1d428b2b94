package reconcile

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// mostRounds bounds how often one Reconcile looks and acts. What is left to do then
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

	// Progress is called whenever a verb reports something, one call at a time. It must
	// not be nil.
	Progress func()

	memories  map[pci.Address]*memory // by the declared address
	list      passthrough.List        // that was read last
	strangers backoff                 // of giving back other cards
	pciback   uint64                  // its registration at the last look
	forgive   bool                    // the next look forgets what was given back
	told      map[string]told         // remarks by their text
}

// New returns a Reconciler of a host that tells nobody anything.
func New(host *passthrough.Host) *Reconciler {
	return &Reconciler{
		Host: host, OnDrift: passthrough.DriftHide, Now: time.Now,
		Changed: func(Change) {}, Warn: func(passthrough.Remark) {}, Arrived: func(pci.Address, string) {}, Progress: func() {},
		memories: map[pci.Address]*memory{}, told: map[string]told{},
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
	defer r.endRemarks()
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
		switch {
		case ctx.Err() != nil: // what it could not find out means nothing
			return result
		case err != nil:
			result.Err = err
			return result
		}
		for _, remark := range slices.Concat(kept.Problems, kept.Notes) {
			r.remark(remark, true)
		}
		if r.forgiveGivenBack(kept) {
			continue
		}
		todo := r.decide(kept)
		result.Kept = kept
		result.Devices, result.Next = r.devices(kept)
		if round == mostRounds && !todo.nothing() {
			result.Next = r.Now().Add(shortestWait)
		}
		if round == mostRounds || ctx.Err() != nil || !r.act(ctx, view, todo, &result) {
			return result
		}
	}
}

// plan is what is to be done, and what is to be noted about addresses before that.
type plan struct {
	hide, reserve []*memory
	notes         map[pci.Address]note
	strangers     bool // other cards, or slots, are in the places of declared ones
}

// note is an intent that is to be noted, for a device that is to know if it cannot be.
type note struct {
	intent passthrough.Intent
	device *memory
	seen   passthrough.Intent // what was noted when the look was made
}

func (p plan) nothing() bool {
	return len(p.hide) == 0 && len(p.reserve) == 0 && len(p.notes) == 0 && !p.strangers
}

// decide decides about each device, and tells of what has changed.
func (r *Reconciler) decide(k passthrough.Kept) plan {
	p := plan{notes: map[pci.Address]note{}}
	now := r.Now()
	there := k.Pciback.Presence == passthrough.PresenceLoaded || k.Pciback.Presence == passthrough.PresenceBuiltIn
	if len(k.Devices) > 0 { // else nothing was read of pciback
		// Slots that went with the module were given back by nobody.
		reloaded := there && r.pciback != 0 && k.Pciback.Registration != r.pciback
		there, r.pciback = there && !reloaded, k.Pciback.Registration
	}
	var waiting []*memory
	strangers := len(k.LeftOver) > 0
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
			if was.hidden && !slices.ContainsFunc(k.Devices, func(other passthrough.KeptDevice) bool { return was.at(other.At()) }) {
				p.notes[was.Device.Device] = note{passthrough.IntentReserved, m, ""} // its slot, if it is still registered, is there for it
			}
		}
		drift := cmp.Or(d.OnDrift, r.OnDrift)
		switch m.decide(d, there, drift, now) {
		case hide:
			p.hide = append(p.hide, m)
		case reserve:
			p.reserve = append(p.reserve, m)
		default:
			waiting = append(waiting, m)
		}
		if m.note != nil {
			p.notes[m.Device.Device] = note{*m.note, m, d.Intent}
		}
		strangers = strangers || drift == passthrough.DriftHide && (d.Place == passthrough.PlaceAnother || d.Place == passthrough.PlaceMoved)
		r.tell(was, m, now)
	}
	p.takeAlong(waiting)
	p.strangers = strangers && !now.Before(r.strangers.retry)
	for a, m := range r.memories {
		if !slices.ContainsFunc(k.Devices, func(d passthrough.KeptDevice) bool { return d.Address == a }) {
			delete(r.memories, a)
			r.Changed(Change{Time: now, Was: m.State, Gone: true, DeclaredDevice: m.Device})
		}
	}
	return p
}

// takeAlong adds functions that failed, and wait to be tried again, to those of the same slot
// that are tried now: some can only be hidden together.
func (p *plan) takeAlong(waiting []*memory) {
	for _, m := range waiting {
		if m.Error != nil && m.Retry != nil && m.found() && slices.ContainsFunc(p.hide, func(other *memory) bool { return other.Device.Device.SameSlot(m.Device.Device) }) {
			p.hide = append(p.hide, m)
		}
	}
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
	r.forgetRemarks(was.Device.Device, m.Device.Device)
	change := Change{Time: now, Was: was.State, DeclaredDevice: m.Device}
	if m.State == Hidden && was.State != Assigned && was.found() && len(m.losses) > 0 {
		change.Back = cmp.Or(m.losses[len(m.losses)-1].driver, "none")
	}
	r.Changed(change)
}

// act carries the plan out. It reports whether something was done, so that another look
// is due.
func (r *Reconciler) act(ctx context.Context, view *passthrough.View, p plan, result *Result) (did bool) {
	for a, n := range p.notes {
		intents, err := r.Host.Intents()
		if n.intent != passthrough.IntentGivenBack && (err != nil || intents[a] == passthrough.IntentGivenBack && n.seen != intents[a]) {
			continue // a person decided while this look lasted, or may have
		}
		if err := r.Host.SetIntent(a, n.intent); err != nil {
			n.device.noteFailed = n.intent == passthrough.IntentGivenBack
			r.warn(err)
			continue
		}
		n.device.noteFailed = false
		did = true
	}
	if len(p.reserve) > 0 {
		did = r.reserve(ctx, view, p.reserve) || did
	}
	if len(p.hide) > 0 || p.strangers {
		did = r.hide(ctx, view, p.hide, result) || did
	}
	return did
}

// reserve registers slots in advance. It reports whether something has come of it.
func (r *Reconciler) reserve(ctx context.Context, view *passthrough.View, absent []*memory) (did bool) {
	outcomes, err := view.Reserve(ctx, addresses(absent), r.event)
	if err != nil {
		r.warn(err)
	}
	for _, m := range absent {
		var failed *passthrough.Error
		if i := slices.IndexFunc(outcomes, func(o passthrough.Outcome) bool { return m.at(o.Device) }); i >= 0 {
			failed = outcomes[i].Error
		} else if err != nil {
			failed = passthrough.AsErrors(err)[0]
		}
		if failed != nil {
			r.warn(failed)
		}
		m.fail(failed, r.Now()) // the next look tells whether the slot is there
		did = true
	}
	return did
}

// hide hides devices, and gives back other cards that are in the place of declared ones.
// It reports whether a device was moved, or could not be.
func (r *Reconciler) hide(ctx context.Context, view *passthrough.View, wanted []*memory, result *Result) (did bool) {
	applied, err := view.Apply(ctx, passthrough.ApplyOptions{Only: addresses(wanted)}, r.event)
	strangers := false
	for _, o := range applied.Devices {
		did = did || o.Outcome == passthrough.OutcomeDone
		if o.Outcome == passthrough.OutcomeDone {
			result.Done++
		}
		if o.Verb == passthrough.VerbUnhide && o.Error != nil {
			strangers = true
			r.warn(o.Error)
		}
		for _, m := range wanted {
			switch {
			case o.Verb != passthrough.VerbHide || !m.at(o.Device):
			case o.Error != nil:
				m.fail(o.Error, r.Now())
				did = true
			case !m.hidden:
				m.taken() // if the next look does not find it so, it was lost
			}
		}
	}
	if err != nil { // no device was touched, or some were not
		for _, m := range wanted {
			if !slices.ContainsFunc(applied.Devices, func(o passthrough.Outcome) bool { return m.at(o.Device) }) {
				m.fail(passthrough.AsErrors(err)[0], r.Now())
				did = true
			}
		}
		strangers = strangers || len(wanted) == 0
		result.Err = err
	}
	if strangers {
		r.strangers.fail(r.Now())
		did = true
	} else {
		r.strangers = backoff{}
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
	if retry := r.strangers.retry; !retry.IsZero() && (next.IsZero() || retry.Before(next)) {
		next = retry
	}
	return all, next
}

// Reload has devices that were given back, contested, refused or failed tried again at
// the next look: those that the list has then, which may have been edited since the last one.
func (r *Reconciler) Reload() {
	r.forgive = true
	for _, m := range r.memories {
		m.reload()
	}
}

// forgiveGivenBack forgets which of the devices somebody gave back, after a reload. It reports
// whether there were any.
func (r *Reconciler) forgiveGivenBack(k passthrough.Kept) (any bool) {
	if !r.forgive {
		return false
	}
	r.forgive = false
	for _, d := range k.Devices {
		if d.Intent != passthrough.IntentGivenBack {
			continue
		}
		if err := r.Host.ForgetIntent(d.At()); err != nil {
			r.warn(err)
			continue
		}
		any = true
	}
	return any
}
