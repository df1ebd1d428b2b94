package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// listJSON prints one document with everything known of the devices that the
// filter chooses. What of them cannot be read is in the document's errors, and
// the exit status is 1.
func (a *app) listJSON(ctx context.Context, filter pci.Filter, names *pci.Names) error {
	devices, broken := a.choose(filter, 0)
	if broken != nil && devices == nil {
		return broken
	}
	described, err := a.host.Look().Describe(ctx, names, addressesOf(devices)...)
	if err != nil {
		return err
	}
	described.Errors = append(passthrough.AsErrors(broken), described.Errors...)
	return a.print("list", classOfList(described.Err()), described)
}

// classOfList is the class of whatever could not be read.
func classOfList(broken error) passthrough.Class {
	if broken != nil {
		return passthrough.ClassFailed
	}
	return passthrough.ClassDone
}

// choose reads the devices that the filter lets through, in order. Devices is
// nil where there is no PCI bus; otherwise the error is about devices that
// cannot be read, and the others are returned.
func (a *app) choose(filter pci.Filter, parts pci.Parts) (devices []pci.Device, err error) {
	addresses, listErr := pci.List(a.root)
	if listErr != nil && addresses == nil {
		return nil, listErr
	}
	addresses = slices.DeleteFunc(addresses, func(at pci.Address) bool { return !filter.MatchAddress(at) })
	devices, readErr := pci.Read(a.root, addresses, parts)
	devices = slices.DeleteFunc(devices, func(d pci.Device) bool { return !filter.Match(d) })
	return devices, errors.Join(listErr, readErr)
}

func addressesOf(devices []pci.Device) []pci.Address {
	all := make([]pci.Address, len(devices))
	for i, d := range devices {
		all[i] = d.Address
	}
	return all
}
