package passthrough

import (
	"context"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/seen"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// formerly returns the hidden devices that had an interface or a disk of this name before
// they were hidden, or an interface with this MAC address.
func (v *View) formerly(ctx context.Context, id string) []meaning {
	name, _ := partName(v.fs, id)
	mac, isMAC := config.ParseMAC(id)
	had := func(c seen.Card) bool {
		return slices.ContainsFunc(c.Interfaces, func(n seen.Interface) bool { return n.Name == name || isMAC && strings.EqualFold(n.MAC, mac) }) ||
			slices.ContainsFunc(c.Disks, func(d seen.Disk) bool { return d.Name == name })
	}
	memory, err := seen.Open(v.fs)
	if err != nil || !slices.ContainsFunc(memory.Records(), func(r seen.Record) bool { return had(r.Card) }) {
		return nil
	}
	all, _ := v.allDevices()
	m := meaning{by: NameFormer}
	for a, card := range memory.Of(v.host.root, all, v.hiddenIdle(ctx)) {
		if had(card) {
			m.devices = append(m.devices, a)
		}
	}
	slices.SortFunc(m.devices, pci.Address.Compare)
	return m.orNone()
}

// hiddenIdle returns the devices that pciback has, without those that an earlier run did
// not finish: reading them may wait.
func (v *View) hiddenIdle(ctx context.Context) (hidden []pci.Address) {
	all, _ := v.allDevices()
	for _, d := range all {
		if d.Driver == pciback.Name {
			hidden = append(hidden, d.Address)
		}
	}
	if len(hidden) == 0 || !v.host.Unfinished() {
		return hidden
	}
	status, err := v.engine(reporter{}).Status(ctx, hidden...)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(hidden, func(a pci.Address) bool {
		return slices.ContainsFunc(status.Devices, func(d engine.DeviceStatus) bool { return d.Device == a && d.Busy() })
	})
}

// isHidden reports whether pciback has a device.
func (v *View) isHidden(a pci.Address) bool {
	d, ok := v.device(a)
	return ok && d.Driver == pciback.Name
}
