package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// parseIDs reads the IDs of a command line.
func parseIDs(ids []string) ([]pci.Selector, error) {
	selectors := make([]pci.Selector, len(ids))
	for i, id := range ids {
		var err error
		if selectors[i], err = pci.ParseSelector(id); err != nil {
			return nil, err
		}
	}
	return selectors, nil
}

// selectDevices turns the IDs of a command line into addresses of devices that
// exist, in the order given, each one once. One ID that cannot be resolved
// fails them all, before anything is touched.
func (a *app) selectDevices(ids []string) ([]pci.Address, error) {
	selectors, err := parseIDs(ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	present, err := pci.List(a.root)
	if err != nil && len(present) == 0 {
		return nil, err
	}
	var chosen []pci.Address
	for i, selector := range selectors {
		matches, err := a.match(selector, ids[i], present)
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

// match returns the devices that one selector names. Only vendor:device needs
// to look into the devices; for the rest their names are enough.
func (a *app) match(s pci.Selector, id string, present []pci.Address) ([]pci.Address, error) {
	if s.Kind == pci.KindModel {
		return a.matchModel(s, id, present)
	}
	var matches []pci.Address
	for _, p := range present {
		if p == s.Address || s.Kind == pci.KindSlot && p.SameSlot(s.Address) {
			matches = append(matches, p)
		}
	}
	if len(matches) == 0 {
		return nil, &noDeviceError{text: id + ": no such device; 'xenpci list' shows those that there are"}
	}
	return matches, nil
}

func (a *app) matchModel(s pci.Selector, id string, present []pci.Address) ([]pci.Address, error) {
	devices, err := pci.Read(a.root, present, 0)
	if err != nil && len(devices) == 0 {
		return nil, err
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
		return nil, &noDeviceError{text: id + ": no device has these ids; 'xenpci list -nn' shows them"}
	}
	return nil, &usageError{fmt.Errorf("%s: %d devices have these ids; name one by its address: %s", id, len(matches), strings.Join(names, ", "))}
}
