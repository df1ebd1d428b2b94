package passthrough

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// apart returns why these devices are not to be hidden at a boot, whatever is forced: an
// error for each USB host controller among them whose companion is not. The companion's
// driver would bind in that boot, and the kernel would corrupt its memory
// (pciback.Companions).
func (v *View) apart(devices []pci.Address) []*Error {
	var all []*Error
	driver := pciback.New(v.host.root)
	for _, a := range devices {
		for _, companion := range driver.Companions(a) {
			if slices.Contains(devices, companion) {
				continue
			}
			all = append(all, &Error{
				Code: CodeUSBCompanions, Device: &a,
				Reason: fmt.Sprintf("its USB companion %s is not declared with it, and dom0's kernel corrupts its memory when it boots with only one of them hidden", companion),
				Advice: "declare all functions of the slot, or none: " + a.SlotString(),
			})
			break
		}
	}
	return all
}

// refuseApart adds to the refused those of the devices that the others, and those that are
// not refused, leave without a companion.
func (v *View) refuseApart(devices, others []pci.Address, refused []engine.Result) []engine.Result {
	for {
		is := func(a pci.Address) bool {
			return slices.ContainsFunc(refused, func(r engine.Result) bool { return r.Device == a })
		}
		accepted := slices.DeleteFunc(slices.Clone(devices), is)
		more := false
		for _, err := range v.apart(slices.Concat(accepted, others)) {
			if slices.Contains(accepted, *err.Device) {
				refused, more = append(refused, engine.Result{Device: *err.Device, Err: err}), true
			}
		}
		if !more {
			return refused
		}
	}
}

// comeApart returns an error for those of the devices that come apart from their companions
// when others are taken off the list; nil where none does.
func (v *View) comeApart(before, after []pci.Address) error {
	was := v.apart(before)
	for _, err := range v.apart(after) {
		if !slices.ContainsFunc(was, func(e *Error) bool { return *e.Device == *err.Device }) {
			return err
		}
	}
	return nil
}

// apart is a remark for each declared USB host controller whose companion is not declared.
func (b booting) apart(v *View) []Remark {
	var all []Remark
	for _, err := range v.apart(b.found()) {
		all = append(all, err.remark())
	}
	return all
}
