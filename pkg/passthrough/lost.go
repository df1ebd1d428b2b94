package passthrough

import (
	"errors"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// lostAtBoot are declared devices that dom0 has and needs: after the next boot it
// would lack them. Someone wrote the list by hand, or dom0 has begun to use one of
// them since it was declared.
type lostAtBoot []engine.Result

// livesOn returns the declared devices that dom0 needs. The devices in but are not
// judged, but are taken together with the others.
func (v *View) livesOn(devices []pci.Address, r reporter, but ...pci.Address) lostAtBoot {
	asked := slices.DeleteFunc(slices.Clone(devices), func(a pci.Address) bool { return slices.Contains(but, a) })
	refused := v.engine(r).Refused(v.devicesAt(asked), v.devicesAt(but)...)
	return slices.DeleteFunc(refused, func(r engine.Result) bool { return needed(r.Err) == nil })
}

func (l lostAtBoot) remarks() []Remark { return refusals(l) }

// of returns the remark on one device; nil if dom0 does not need it.
func (l lostAtBoot) of(a pci.Address) *Remark {
	for _, remark := range l.remarks() {
		if *remark.Device == a {
			return &remark
		}
	}
	return nil
}

// refusals is a remark for each declared device that the guard refuses.
func refusals(results []engine.Result) []Remark {
	var all []Remark
	for _, r := range results {
		device := r.Device
		all = append(all, Remark{Device: &device, Code: CodeGuard, Reason: "is declared, but " + asError(r.Err).Reason,
			Advice: "'xenpci unhide --boot " + device.String() + "' removes it from the list"})
	}
	return all
}

// lostOf returns which devices of a list dom0 needs.
func (v *View) lostOf(d declared) lostAtBoot {
	inDom0 := slices.DeleteFunc(d.found(), func(a pci.Address) bool {
		one, ok := v.device(a)
		return ok && one.Driver == pciback.Name
	})
	if len(inDom0) == 0 {
		return nil // what dom0 needs is not looked for
	}
	return v.livesOn(inDom0, reporter{})
}

// err is all of it as one error; nil for none.
func (l lostAtBoot) err() error {
	if len(l) == 0 {
		return nil
	}
	return refusal("dom0 needs declared devices: ", l.errors(), "nothing was written; use --force to write the layers anyway")
}

// errors is an error for each device.
func (l lostAtBoot) errors() []*Error {
	var all []*Error
	for i, remark := range l.remarks() {
		all = append(all, &Error{Code: remark.Code, Device: remark.Device, Reason: remark.Reason, Advice: remark.Advice, err: l[i].Err})
	}
	return all
}

// refusal is the error that layers are not written because of these declared devices. Its
// code is that of the first.
func refusal(reason string, causes []*Error, advice string) *Error {
	all := &Error{Code: causes[0].Code, Reason: reason + strings.Join(deviceTexts(causes), ", "), Advice: advice, Causes: causes}
	var errs []error
	for _, cause := range causes {
		errs = append(errs, cause)
	}
	all.err = errors.Join(errs...)
	return all
}

// deviceTexts are the addresses that the errors are about.
func deviceTexts(errs []*Error) []string {
	var texts []string
	for _, e := range errs {
		texts = append(texts, e.Device.String())
	}
	return texts
}
