package inventory

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/seen"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Record remembers what these devices are, as internal/seen does before a device is
// hidden, with what ghw knows beside what xenpci reads. Without devices it is about all.
// A device that no driver of dom0 has changes nothing; one that has appeared just now
// may be about to get its driver, and udev's data later still.
//
// stuck are devices that are not to be looked at, since a write to them waits in the
// kernel. Record takes seconds, and ten at most; it may run beside anything else. The
// error is why ghw, a device or the memory failed; what could be remembered is.
func Record(ctx context.Context, root string, stuck []pci.Address, devices ...pci.Address) error {
	f := sysfs.New(root)
	addresses, err := pci.List(root)
	if err != nil && len(addresses) == 0 {
		return err
	}
	all, readErr := pci.ReadAll(root, addresses, config.Reads)
	if len(devices) == 0 {
		devices = addresses
	}
	// ghw reads the attributes that wait for a driver, in the process that can be killed.
	cards := seen.Look(f, devices, func(string) (string, error) { return "", errNotAsked })
	if len(cards) == 0 {
		return errors.Join(err, readErr)
	}
	known, knownErr := read(ctx, root, deadline)
	for a, c := range cards {
		cards[a] = add(c, known)
	}
	return errors.Join(err, readErr, knownErr, seen.Keep(f, all, stuck, cards))
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
