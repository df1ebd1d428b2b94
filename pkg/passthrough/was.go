package passthrough

import (
	"context"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/seen"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Was is what dom0's drivers showed of a device before pciback had it. It is kept in
// /var/lib/xenpci/seen when a device is hidden. It is empty where nothing is known: the
// device has no interface and no disk, or pciback had it before any other driver.
type Was struct {
	Interfaces []Interface `json:"interfaces,omitempty"`
	Disks      []Disk      `json:"disks,omitempty"`
}

// Interface is a network interface of a device.
type Interface struct {
	Name  string `json:"name"`
	MAC   string `json:"mac,omitempty"`
	Speed int    `json:"speed,omitempty"` // in Mb/s; absent where it had no link
}

// Disk is a disk of a device, or behind it.
type Disk struct {
	Name   string `json:"name"`
	Model  string `json:"model,omitempty"`
	Serial string `json:"serial,omitempty"`
	WWN    string `json:"wwn,omitempty"`
	Size   uint64 `json:"size,omitempty"` // in bytes
}

// Empty reports whether nothing is known.
func (w Was) Empty() bool { return len(w.Interfaces)+len(w.Disks) == 0 }

// Names returns the names of the interfaces and disks.
func (w Was) Names() []string {
	var names []string
	for _, n := range w.Interfaces {
		names = append(names, n.Name)
	}
	for _, d := range w.Disks {
		names = append(names, d.Name)
	}
	return names
}

func newWas(c seen.Card) *Was {
	w := &Was{}
	for _, n := range c.Interfaces {
		w.Interfaces = append(w.Interfaces, Interface{n.Name, n.MAC, n.Speed})
	}
	for _, d := range c.Disks {
		w.Disks = append(w.Disks, Disk(d))
	}
	return w
}

// seenWait is how long an attribute of a driver that is about to lose its device may
// take.
const seenWait = 2 * time.Second

// remember keeps what devices are that are about to be taken from their drivers. It
// only warns where that fails.
func (v *View) remember(ctx context.Context, r reporter, devices, stuck []pci.Address) {
	attributes, err := engine.OpenAttributes(ctx, v.fs, min(v.host.timeout, seenWait))
	if err == nil {
		defer attributes.Close()
		ask := func(name string) (string, error) { return attributes.Read(ctx, name) }
		all, _ := v.allDevices() // of what cannot be read, nothing is kept
		err = seen.Keep(v.fs, all, stuck, seen.Look(v.fs, devices, ask))
	}
	if err != nil {
		r.warn(Remark{Code: CodeNotRemembered, Reason: "what the devices were cannot be kept: " + err.Error()})
	}
}

// hadParts reports whether a device had an interface or a disk when dom0 had it last, as far
// as that was kept.
func (v *View) hadParts(a pci.Address) bool {
	memory, err := seen.Open(v.fs)
	if err != nil {
		return false
	}
	all, _ := v.allDevices()
	card := memory.Of(v.host.root, all, []pci.Address{a})[a]
	return len(card.Interfaces)+len(card.Disks) > 0
}

// was returns what those of the devices were that pciback has, by their addresses; nil
// where that cannot be read. A device that an earlier run did not finish is left out,
// since reading it may wait.
func (v *View) was(devices []engine.DeviceStatus) map[pci.Address]*Was {
	var hidden []pci.Address
	for _, d := range devices {
		if d.Present && d.State.Hidden() && !d.Busy() {
			hidden = append(hidden, d.Device)
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	memory, err := seen.Open(v.fs)
	if err != nil {
		return nil
	}
	all, _ := v.allDevices()
	cards := memory.Of(v.host.root, all, hidden)
	was := map[pci.Address]*Was{}
	for _, a := range hidden {
		was[a] = newWas(cards[a])
	}
	return was
}
