package plan

import "github.com/xenpci/xenpci/pkg/pciback"

// HideOptions is how a device is to be hidden.
type HideOptions struct {
	Name       string // the name for xl; "" leaves the one it has
	Quarantine bool
	Permissive bool // a guest may write all of its configuration space
	Force      bool // against the guard
}

// ForHide returns what hides a device. What is hidden already is not moved; a
// running guest's device is left alone altogether.
func ForHide(f Facts, o HideOptions) Action {
	a := Action{
		Verb:   Hide,
		Device: f.Device,
		Origin: f.State,
		Target: pciback.HiddenFrom(f.State, f.ByOverride),
		Name:   o.Name,
	}
	if f.Guest != nil {
		a.Target = a.Origin
		return a
	}
	a.Quarantine, a.Permissive = o.Quarantine, o.Permissive
	if !f.State.Hidden() {
		a.Note = f.State.Driver
	}
	return a
}
