package passthrough

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/kernelname"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// View is a host as it was found. Each fact is read when a verb first needs it, and
// read again after a verb has changed it. Goroutines must not share a View, and a
// program that keeps running calls Look before each verb.
type View struct {
	host *Host
	fs   sysfs.FS

	addresses fact[[]pci.Address]
	devices   fact[[]pci.Device]
	list      fact[*config.List]
	graph     fact[*graph.Graph]
	fits      fact[*fit.Machine]

	kernelParts fact[[]kernelname.Part]
	next        fact[hostboot.Next]
	commandLine fact[string] // of Xen
}

// reads are what the verbs want to be read of every device.
const reads = usage.Reads | fit.Reads | config.Reads

// Addresses returns the addresses of all devices, in order. It may return both
// addresses and an error: the error is then about entries that are not devices.
func (v *View) Addresses() ([]pci.Address, error) {
	return v.addresses.get(func() ([]pci.Address, error) { return pci.List(v.host.root) })
}

// allDevices returns every device that can be read. The error joins what could
// not be read.
func (v *View) allDevices() ([]pci.Device, error) {
	return v.devices.get(func() ([]pci.Device, error) {
		addresses, listErr := v.Addresses()
		if listErr != nil && len(addresses) == 0 {
			return nil, listErr
		}
		devices, err := pci.ReadAll(v.host.root, addresses, reads)
		return devices, errors.Join(listErr, err)
	})
}

// device returns one device; false where it is not there or cannot be read.
func (v *View) device(a pci.Address) (pci.Device, bool) {
	devices, _ := v.allDevices()
	i, found := slices.BinarySearchFunc(devices, a, func(d pci.Device, a pci.Address) int { return d.Address.Compare(a) })
	if !found {
		return pci.Device{}, false
	}
	return devices[i], true
}

// devicesAt returns those devices that are there and can be read.
func (v *View) devicesAt(addresses []pci.Address) []pci.Device {
	var found []pci.Device
	for _, a := range addresses {
		if d, ok := v.device(a); ok {
			found = append(found, d)
		}
	}
	return found
}

// guard returns what dom0 needs.
func (v *View) guard() *graph.Graph {
	found, _ := v.graph.get(func() (*graph.Graph, error) {
		// A device that cannot be read has no chain; hiding it fails with the reason.
		devices, _ := v.allDevices()
		return engine.ScanGuard(v.fs, devices, boot.XenLines(v.fs)...), nil
	})
	return found
}

// fit returns which guests could have a device.
func (v *View) fit() *fit.Machine {
	found, _ := v.fits.get(func() (*fit.Machine, error) {
		devices, _ := v.allDevices()
		return fit.Scan(v.host.root, devices), nil
	})
	return found
}

// inTurn waits for this call's turn at the declared list and the boot layers,
// and calls do within it. What another run may have changed before is read
// again, and so is the list that this one has changed. A dry run takes no turn.
func (v *View) inTurn(ctx context.Context, r reporter, dryRun bool, do func(held *os.File) error) error {
	defer v.list.forget()
	if dryRun {
		return do(nil)
	}
	return v.engine(r).BootTurn(ctx, func(held *os.File) error {
		v.list.forget()
		v.stale()
		return do(held)
	})
}

// stale discards what is known of the devices and what dom0 needs, so that it
// is read again: another run may have moved devices while this one waited for its
// turn, this one has moved some, or programs of the system ran, which can take
// minutes, in which disks are mounted and interfaces come up.
func (v *View) stale() {
	v.addresses.forget()
	v.devices.forget()
	v.graph.forget()
	v.fits.forget()
	v.kernelParts.forget()
}
