package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// refuse are those of these devices that are not to be declared: what pciback can
// never hold, and what dom0 lives on, where they go together with what is declared
// already. With force the latter are declared all the same, and are in forced.
func (a *app) refuse(devices []pci.Address, force bool) (refused, forced []engine.Result, err error) {
	d, err := a.lookForDeclared()
	if err != nil {
		return nil, nil, err
	}
	for _, r := range a.engine().Refused(devices, d.found()...) {
		if force && needed(r) != nil {
			forced = append(forced, r)
		} else {
			refused = append(refused, r)
		}
	}
	return refused, forced, nil
}

// needed is what dom0 lives on a device with; nil where it was not refused for
// that.
func needed(r engine.Result) *plan.NeededError {
	var needed *plan.NeededError
	errors.As(r.Err, &needed)
	return needed
}

// livesOn are the declared devices that dom0 has and lives on: by a list that was
// written by hand, or since something came to be on one of them. Of some it is
// not asked, but they go together with the others.
func (a *app) livesOn(devices []boot.Device, but ...pci.Address) livesOnError {
	var asked []pci.Address
	for _, d := range devices {
		if !slices.Contains(but, d.Address) {
			asked = append(asked, d.Address)
		}
	}
	refused := a.engine().Refused(asked, but...)
	return slices.DeleteFunc(refused, func(r engine.Result) bool { return needed(r) == nil })
}

// livesOnError is that declared devices are what dom0 lives on, so that the next
// boot would cost it what it has. It may be empty.
type livesOnError []engine.Result

// warnings are a sentence for each device: what would be lost, and what to do.
func (e livesOnError) warnings() []string {
	var all []string
	for _, r := range e {
		device := r.Device.String()
		all = append(all, device+" is declared, and the guard refuses it: "+strings.Join(needed(r).Reasons(), "; ")+"; 'xenpci unhide --boot "+device+"' takes it off the list")
	}
	return all
}

// nothingWritten is how boot enable ends then.
const nothingWritten = "nothing is written; --force writes the layers all the same"

// Error is all of it on one line, for a document.
func (e livesOnError) Error() string {
	return strings.Join(append(e.warnings(), nothingWritten), "; ")
}

// Unwrap returns what the guard said of each.
func (e livesOnError) Unwrap() []error {
	var all []error
	for _, r := range e {
		all = append(all, r.Err)
	}
	return all
}
