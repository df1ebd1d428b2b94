package passthrough

import (
	"slices"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/intent"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Intent is what was last decided in this boot about the device at an address; "" where
// nothing was. It is kept in /run/xenpci/intent.
type Intent string

// The decisions.
const (
	IntentHidden    Intent = "hidden"     // it was hidden, or seen to be hidden
	IntentGivenBack Intent = "given_back" // somebody gave it back to dom0
	IntentReserved  Intent = "reserved"   // no device was there, and Reserve registered its slot
)

var intents = map[intent.Intent]Intent{intent.Hidden: IntentHidden, intent.GivenBack: IntentGivenBack, intent.Reserved: IntentReserved}

// Intents returns the decisions, by address. Where some cannot be read, the error
// says why, and the others are returned beside it.
func (h *Host) Intents() (map[pci.Address]Intent, error) {
	records, err := h.decisions()
	all := make(map[pci.Address]Intent, len(records))
	for a, i := range records {
		all[a] = intents[i]
	}
	if err != nil {
		return all, asError(err)
	}
	return all, nil
}

// decisions returns the records that still hold.
func (h *Host) decisions() (map[pci.Address]intent.Intent, error) {
	return intent.All(sysfs.New(h.root), pciback.New(h.root).Registration())
}

// SetIntent records a decision. Hide, Apply, Unhide and Reserve do so by themselves.
// The error is CodeIntentUnwritten.
func (h *Host) SetIntent(a pci.Address, i Intent) error {
	for record, public := range intents {
		if public == i {
			return h.setIntent(a, record)
		}
	}
	return h.ForgetIntent(a)
}

// ForgetIntent removes the record. The error is CodeIntentUnwritten.
func (h *Host) ForgetIntent(a pci.Address) error { return h.setIntent(a, intent.None) }

func (h *Host) setIntent(a pci.Address, i intent.Intent) error {
	if err := intent.Set(sysfs.New(h.root), a, i, pciback.New(h.root).Registration()); err != nil {
		return &Error{Code: CodeIntentUnwritten, Device: &a, Reason: "what was decided about it could not be noted: " + err.Error(), err: err}
	}
	return nil
}

// wasDecided reports whether the device is declared, or something was decided about it in
// this boot; also where that cannot be read.
func (v *View) wasDecided(a pci.Address) bool {
	records, err := v.host.decisions()
	d, listErr := v.declared()
	return err != nil || listErr != nil || records[a] != intent.None || slices.Contains(d.found(), a)
}

// decided returns what records, within the turn that has moved devices, what was decided
// about each that was moved, or was there already. It warns where it cannot. A program that
// waits for its turn finds the records of those before it. Of a device that is not declared,
// and that nobody has hidden in this boot, there is nothing to record when it is given back.
func (v *View) decided(verb Verb, r reporter) func([]engine.Result) {
	return func(results []engine.Result) {
		for _, result := range results {
			if result.Err != nil {
				continue
			}
			i := intent.Hidden
			switch {
			case result.Action.Absent: // its slot is gone, and the next card there is another matter
				i = intent.None
			case verb == VerbUnhide && !wasTaken(result) && !v.wasDecided(result.Device):
				continue
			case verb == VerbUnhide:
				i = intent.GivenBack
			}
			if err := v.host.setIntent(result.Device, i); err != nil {
				r.warn(asError(err).remark())
			}
		}
	}
}

// wasTaken reports whether a device that was given back had been taken from dom0, by any tool.
func wasTaken(r engine.Result) bool {
	from := r.Action.Origin
	return !r.Already && (from.Hidden() || from.Slot == pciback.SlotRegistered || from.Override == pciback.Name || r.Action.Forget)
}
