package passthrough

import (
	"context"
	"os"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Withdrawn is what became of a call to Withdraw.
type Withdrawn struct {
	Change  ListChange    `json:"change"`
	Devices []pci.Address `json:"devices"` // those that the IDs name and that are there
}

// Withdraw takes the devices that the IDs name off the declared list, and has
// the enabled boot layers follow the list, whether it had the devices or not. An
// ID may also name a declared device that is not there, by the address that it
// was declared with. It gives nothing back now. It fails where the layers would get another
// declared device that dom0 needs, or a part of a USB controller, for which they were not
// forced.
//
// If the error is not nil, list and layers are what they were, unless its code is
// CodeNotTakenBack.
func (v *View) Withdraw(ctx context.Context, ids []string, dryRun bool, report func(Event)) (Withdrawn, error) {
	w, err := v.withdraw(ctx, ids, dryRun, newReporter(report))
	return Withdrawn{Change: w.change, Devices: w.devices}, wrapped(err)
}

// withdrawing is what became of the devices that were to be taken off the list.
type withdrawing struct {
	change  ListChange
	listed  []config.Finding // what was declared of them
	devices []pci.Address
}

func (v *View) withdraw(ctx context.Context, ids []string, dryRun bool, r reporter) (withdrawing, error) {
	w := withdrawing{change: newListChange(), devices: []pci.Address{}}
	err := v.inTurn(ctx, r, dryRun, func(held *os.File) error {
		now, err := v.draft()
		if err != nil {
			return err
		}
		r.warn(now.unreadDevices()...)
		if w.listed, w.devices, err = v.selectDeclared(ctx, now, ids, r); err != nil {
			return err
		}
		var remain []pci.Address
		for _, f := range now.findings {
			if f.Found() && !slices.ContainsFunc(w.listed, func(l config.Finding) bool { return l.Address == f.Address }) {
				remain = append(remain, f.Now)
			}
		}
		if err := v.comeApart(now.found(), remain); err != nil {
			return within("still declared", err)
		}
		for _, f := range w.listed {
			if err := now.list.Remove(f.Address); err != nil {
				return within("still declared", err)
			}
			w.change.Withdrawn = append(w.change.Withdrawn, f.Address)
		}
		err = v.follow(ctx, held, &w.change, now.list, nil, dryRun, r)
		switch {
		case err == nil, asError(err).Code == CodeNotTakenBack:
			return err
		case len(w.listed) > 0:
			return within("still declared", err)
		}
		return within("not in the declared list, but a boot layer may still hide it at the next boot", err)
	})
	return w, err
}

// selectDeclared turns IDs into what stands in the list, and the addresses of
// devices that are there, each once: an ID may name either, or both.
func (v *View) selectDeclared(ctx context.Context, now declared, ids []string, r reporter) (listed []config.Finding, devices []pci.Address, err error) {
	devices = []pci.Address{}
	chosen := make([]bool, len(now.findings))
	var meant []Meant
	for _, id := range ids {
		found, err := v.ChooseHidden(ctx, id)
		if e := asError(err); e != nil && (e.Code == CodeBadID || e.Code == CodeAmbiguous) {
			return nil, nil, err
		}
		known := false
		for j, f := range now.findings {
			if namesDeclared(id, f) && (err != nil || !maybeName(id)) || slices.ContainsFunc(found.Devices, func(device pci.Address) bool { return means(f, device) }) {
				chosen[j], known = true, true
			}
		}
		switch problems := now.list.Problems(); {
		case known:
		case len(problems) > 0:
			return nil, nil, &Error{Code: CodeListInvalid, Reason: shown(id) + ": cannot tell whether it is declared, since a part of the list cannot be read: " + problems[0].Error(), Advice: "correct the list first", err: problems}
		case err != nil:
			return nil, nil, err
		}
		meant = append(meant, found.Meant...)
		devices = once(append(devices, found.Devices...))
	}
	for i := range meant {
		r.event(Event{Kind: EventMeant, Meant: &meant[i]})
	}
	for i, f := range now.findings {
		if chosen[i] {
			listed = append(listed, f)
		}
	}
	return listed, devices, nil
}

// namesDeclared reports whether an ID is the address, the slot or the name with which a
// device was declared that was not found.
func namesDeclared(id string, f config.Finding) bool {
	s, err := pci.ParseSelector(id)
	switch {
	case f.Found():
		return false
	case err != nil:
		return f.Name == id && maybeName(id)
	case s.Kind == pci.KindModel:
		return false
	case s.Kind == pci.KindSlot:
		return f.Address.SameSlot(s.Address)
	}
	return f.Address == s.Address
}
