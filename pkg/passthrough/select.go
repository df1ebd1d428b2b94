package passthrough

import (
	"context"
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Choose returns the devices that the IDs name, in the order given, each once.
//
// An ID is an address ("00:09.0"), a slot ("00:1d", "00:1d.*"), or vendor:device
// ("10b7:9055") where exactly one device has these ids; pci.ParseSelector has other notations
// of an address. Text that is like an address is never taken for anything else. Any other
// ID is the name of something that is on exactly one device now: a network interface, a
// bridge, a bond or a VLAN; a disk, a partition, a volume, an array, by name or by path
// below /dev; the MAC address of an interface; a physical slot, which stands for all its
// functions; the firmware's label of a device; the name by which xl knows a device, or with
// which it is declared. Where nothing has the name now, it is an interface or a disk that a
// hidden device had.
//
// If one ID cannot be resolved, Choose returns no device, and an *Error with CodeBadID,
// CodeNoDevice or CodeAmbiguous. It waits for xenstored alone, and only for a name.
func (v *View) Choose(ctx context.Context, ids ...string) (Chosen, error) {
	return v.choose(ctx, ids, false, nil)
}

// ChooseHidden is Choose for devices that are to be given back: an address or a slot may
// also be one that pciback has in its list and that no device has, such as that of a card
// which was pulled out. Unhide removes it from the list. If a name means a hidden device and
// others, the hidden one is chosen.
func (v *View) ChooseHidden(ctx context.Context, ids ...string) (Chosen, error) {
	slots, err := pciback.New(v.host.root).Slots()
	if err != nil {
		return Chosen{}, asError(err)
	}
	return v.choose(ctx, ids, true, slots.Addresses)
}

// Select returns the devices of Choose.
func (v *View) Select(ids ...string) ([]pci.Address, error) {
	chosen, err := v.Choose(context.Background(), ids...)
	return chosen.Devices, err
}

// SelectHidden returns the devices of ChooseHidden.
func (v *View) SelectHidden(ids ...string) ([]pci.Address, error) {
	chosen, err := v.ChooseHidden(context.Background(), ids...)
	return chosen.Devices, err
}

func (v *View) choose(ctx context.Context, ids []string, hidden bool, registered []pci.Address) (Chosen, error) {
	var chosen Chosen
	for _, id := range ids {
		if maybeName(id) {
			m, err := v.chooseNamed(ctx, id, hidden)
			if err != nil {
				return Chosen{}, err
			}
			chosen.add(m.devices, m.by == NameSlot)
			chosen.Meant = append(chosen.Meant, v.meant(id, m))
			continue
		}
		selector, err := pci.ParseSelector(id)
		if err != nil {
			return Chosen{}, v.likeAddress(ctx, id, asError(err))
		}
		matches, err := v.match(selector, id)
		if gone := matching(selector, registered); asError(err) != nil && asError(err).Code == CodeNoDevice && len(gone) > 0 {
			matches, err = gone, nil
		}
		if err != nil {
			return Chosen{}, err
		}
		chosen.add(matches, selector.Kind == pci.KindSlot)
	}
	return chosen, nil
}

func (c *Chosen) add(devices []pci.Address, slot bool) {
	c.Devices = once(append(c.Devices, devices...))
	if slot {
		c.Together = append(c.Together, devices)
	}
}

// likeAddress adds to the error of an ID that is like an address which device has it for a
// name.
func (v *View) likeAddress(ctx context.Context, id string, e *Error) error {
	if len(id) > maxPath {
		return e
	}
	all, _ := v.meanings(ctx, id)
	if devices := addressesOf(all); len(devices) > 0 {
		named := *e
		named.Advice = "it is also a name of " + v.candidates(devices)
		return &named
	}
	return e
}

// CheckIDs returns the error of the first ID that is like an address and is none, without
// looking at any device. It is an *Error with CodeBadID, and has the *pci.AddressError in
// its chain.
func CheckIDs(ids ...string) error {
	for _, id := range ids {
		if err := badID(id); err != nil && !maybeName(id) {
			return asError(err)
		}
	}
	return nil
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
	for _, d := range devices {
		if s.Match(d) {
			matches = append(matches, d.Address)
		}
	}
	switch len(matches) {
	case 1:
		return matches, nil
	case 0:
		return nil, &Error{Code: CodeNoDevice, Reason: id + ": no device has these ids", Advice: "'xenpci list -nn' shows the ids"}
	}
	return nil, &Error{Code: CodeAmbiguous, Reason: fmt.Sprintf("%s: %d devices have these ids", id, len(matches)),
		Advice: "name one by its address: " + v.candidates(matches), Candidates: matches}
}
