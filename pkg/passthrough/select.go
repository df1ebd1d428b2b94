package passthrough

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Select returns the devices that the IDs name, in the order given, each once.
// An ID is an address ("00:09.0"), a slot ("00:1d", "00:1d.*"), or vendor:device
// ("10b7:9055") where exactly one device has these ids. If one ID cannot be
// resolved, Select returns no device, and an *Error with CodeBadID, CodeNoDevice or
// CodeAmbiguous.
func (v *View) Select(ids ...string) ([]pci.Address, error) {
	selectors, err := ParseIDs(ids...)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var chosen []pci.Address
	for i, selector := range selectors {
		matches, err := v.match(selector, ids[i])
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
	var matches []pci.Address
	for _, p := range present {
		if p == s.Address || s.Kind == pci.KindSlot && p.SameSlot(s.Address) {
			matches = append(matches, p)
		}
	}
	if len(matches) == 0 {
		return nil, &Error{Code: CodeNoDevice, Reason: id + ": no such device", Advice: "'xenpci list' shows the devices"}
	}
	return matches, nil
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
