package passthrough

import (
	"errors"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
)

// lostAtBoot are declared devices that dom0 has and needs: after the next boot it
// would lack them. Someone wrote the list by hand, or dom0 has begun to use one of
// them since it was declared.
type lostAtBoot []engine.Result

// livesOn returns the declared devices that dom0 needs. The devices in but are not
// judged, but are taken together with the others.
func (v *View) livesOn(devices []boot.Device, r reporter, but ...pci.Address) lostAtBoot {
	var asked []pci.Address
	for _, d := range devices {
		if !slices.Contains(but, d.Address) {
			asked = append(asked, d.Address)
		}
	}
	refused := v.engine(r).Refused(v.devicesAt(asked), v.devicesAt(but)...)
	return slices.DeleteFunc(refused, func(r engine.Result) bool { return needed(r.Err) == nil })
}

func (l lostAtBoot) remarks() []Remark { return refusals(l) }

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

// err is all of it as one error; nil for none.
func (l lostAtBoot) err() error {
	if len(l) == 0 {
		return nil
	}
	all := &Error{Code: CodeGuard, Advice: "nothing was written; use --force to write the layers anyway"}
	var devices []string
	var causes []error
	for i, remark := range l.remarks() {
		devices = append(devices, remark.Device.String())
		causes = append(causes, l[i].Err)
		all.Causes = append(all.Causes, &Error{Code: remark.Code, Device: remark.Device, Reason: remark.Reason, Advice: remark.Advice, err: l[i].Err})
	}
	all.Reason = "dom0 needs declared devices: " + strings.Join(devices, ", ")
	all.err = errors.Join(causes...)
	return all
}
