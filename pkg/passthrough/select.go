package passthrough

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Select returns the devices that the IDs name, in the order given, each once.
// An ID is an address ("00:09.0"), a slot ("00:1d", "00:1d.*"), or vendor:device
// ("10b7:9055") where exactly one device has these ids; pci.ParseSelector has other notations
// of an address. If one ID cannot be
// resolved, Select returns no device, and an *Error with CodeBadID, CodeNoDevice or
// CodeAmbiguous.
func (v *View) Select(ids ...string) ([]pci.Address, error) { return v.choose(ids, nil) }

// Slots returns the functions of each slot that one of the IDs names as a slot, for
// HideOptions.Together. The errors are those of Select.
func (v *View) Slots(ids ...string) ([][]pci.Address, error) {
	selectors, err := v.ParseIDs(ids...)
	if err != nil {
		return nil, err
	}
	var slots [][]pci.Address
	for i, selector := range selectors {
		if selector.Kind != pci.KindSlot {
			continue
		}
		slot, err := v.match(selector, ids[i])
		if err != nil {
			return nil, err
		}
		slots = append(slots, slot)
	}
	return slots, nil
}

// SelectHidden is Select for devices that are to be given back: an address or a slot may also
// be one that pciback has in its list and that no device has, such as that of a card which
// was pulled out. Unhide removes it from the list.
func (v *View) SelectHidden(ids ...string) ([]pci.Address, error) {
	slots, err := pciback.New(v.host.root).Slots()
	if err != nil {
		return nil, asError(err)
	}
	return v.choose(ids, slots.Addresses)
}

// choose is Select, which also finds what is registered.
func (v *View) choose(ids []string, registered []pci.Address) ([]pci.Address, error) {
	selectors, err := v.ParseIDs(ids...)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var chosen []pci.Address
	for i, selector := range selectors {
		matches, err := v.match(selector, ids[i])
		if gone := matching(selector, registered); asError(err) != nil && asError(err).Code == CodeNoDevice && len(gone) > 0 {
			matches, err = gone, nil
		}
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			if !slices.Contains(chosen, m) {
				chosen = append(chosen, m)
			}
		}
	}
	return chosen, nil
}

// ParseIDs reads IDs without looking at any device. The error is an *Error with
// CodeBadID, and has the *pci.AddressError in its chain.
func ParseIDs(ids ...string) ([]pci.Selector, error) {
	selectors := make([]pci.Selector, len(ids))
	for i, id := range ids {
		var err error
		if selectors[i], err = pci.ParseSelector(id); err != nil {
			return nil, asError(err)
		}
	}
	return selectors, nil
}

// match returns the devices that one selector names. Only vendor:device needs
// more than their addresses.
func (v *View) match(s pci.Selector, id string) ([]pci.Address, error) {
	if s.Kind == pci.KindModel {
		return v.matchModel(s, id)
	}
	present, err := v.Addresses()
	if err != nil && len(present) == 0 {
		return nil, asError(err)
	}
	matches := matching(s, present)
	if len(matches) == 0 {
		e := &Error{Code: CodeNoDevice, Reason: id + ": no such device", Advice: "'xenpci list' shows the devices"}
		for _, p := range present {
			here := p
			here.Domain = s.Address.Domain
			if here == s.Address {
				e.Advice = "there is " + p.String()
			}
		}
		return nil, e
	}
	return matches, nil
}

// matching returns those of the addresses that an address or a slot means.
func matching(s pci.Selector, addresses []pci.Address) (matches []pci.Address) {
	for _, a := range addresses {
		if s.Kind != pci.KindModel && (a == s.Address || s.Kind == pci.KindSlot && a.SameSlot(s.Address)) {
			matches = append(matches, a)
		}
	}
	return matches
}

func (v *View) matchModel(s pci.Selector, id string) ([]pci.Address, error) {
	devices, err := v.allDevices()
	if err != nil && len(devices) == 0 {
		return nil, asError(err)
	}
	var matches []pci.Address
	var names []string
	for _, d := range devices {
		if s.Match(d) {
			matches = append(matches, d.Address)
			names = append(names, d.Address.String())
		}
	}
	switch len(matches) {
	case 1:
		return matches, nil
	case 0:
		return nil, &Error{Code: CodeNoDevice, Reason: id + ": no device has these ids", Advice: "'xenpci list -nn' shows the ids"}
	}
	return nil, &Error{Code: CodeAmbiguous, Reason: fmt.Sprintf("%s: %d devices have these ids", id, len(matches)),
		Advice: "name one by its address: " + strings.Join(names, ", ")}
}
