package inventory

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/seen"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Record remembers what these devices are, as internal/seen does before a device is
// hidden, with what ghw knows beside what xenpci reads. Without devices it is about all.
// A device that no driver of dom0 has changes nothing.
//
// It takes a second or less, and little more than ten at most; it may run beside anything
// else. The error is why ghw, a device or the memory failed; what could be remembered is.
func Record(ctx context.Context, root string, devices ...pci.Address) error {
	f := sysfs.New(root)
	addresses, listErr := pci.List(root)
	if listErr != nil && len(addresses) == 0 {
		return listErr
	}
	if len(devices) == 0 {
		devices = addresses
	}
	// ghw reads the attributes that wait for a driver, in the process that can be killed.
	cards := seen.Look(f, devices, func(string) (string, error) { return "", errNotAsked })
	if len(cards) == 0 {
		return listErr
	}
	known, knownErr := read(ctx, root, deadline)
	for a, c := range cards {
		cards[a] = add(c, known)
	}
	all, readErr := pci.ReadAll(root, addresses, config.Reads)
	stuck, stuckErr := stuck(f)
	if stuckErr != nil {
		return errors.Join(listErr, knownErr, readErr, stuckErr)
	}
	return errors.Join(listErr, knownErr, readErr, seen.Keep(f, all, stuck, cards))
}

// stuck returns the devices on which a write may wait in the kernel, which are not to be
// looked at.
func stuck(f sysfs.FS) ([]pci.Address, error) {
	leftovers, err := journal.Look(f)
	var all []pci.Address
	for _, l := range leftovers {
		err = errors.Join(err, l.Err)
		for _, entry := range l.Entries {
			all = append(all, entry.Device)
		}
	}
	return all, err
}

var errNotAsked = errors.New("no driver is asked")

// add adds what is known to what a device has, by the names of today.
func add(c, known seen.Card) seen.Card {
	for i := range c.Interfaces {
		n := &c.Interfaces[i]
		for _, k := range known.Interfaces {
			if k.Name == n.Name {
				n.MAC, n.Speed = cmp.Or(n.MAC, k.MAC), cmp.Or(n.Speed, k.Speed)
			}
		}
	}
	for i := range c.Disks {
		d := &c.Disks[i]
		for _, k := range known.Disks {
			if k.Name != d.Name {
				continue
			}
			if strings.HasPrefix(k.Model, d.Model) { // SCSI has room for 16 bytes
				d.Model = k.Model
			}
			d.Serial, d.WWN, d.Size = cmp.Or(d.Serial, k.Serial), cmp.Or(d.WWN, k.WWN), cmp.Or(d.Size, k.Size)
		}
	}
	return c
}
