package fakekernel

import (
	"fmt"
	"path"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/internal/fakekernel/machine"
)

// Plug puts a card into the slot below a port, or onto the root bus of its address if port
// is "". The drivers are offered it in the order in which they have registered. The error
// is EEXIST if there is a card at its address already, and ENODEV if there is no such port.
func (h *Host) Plug(port string, card machine.Device) error {
	return h.locked(func(k *kernel) error {
		dir := "/sys/devices/pci" + card.Address[:strings.LastIndexByte(card.Address, ':')]
		if port != "" {
			at, ok := k.device(port)
			if !ok {
				return fmt.Errorf("plug %s below %s: %w", card.Address, port, syscall.ENODEV)
			}
			dir = at.dir
		}
		d := device{dir: dir + "/" + card.Address, address: card.Address}
		if k.exists(d.dir) {
			return fmt.Errorf("plug %s: %w", card.Address, syscall.EEXIST)
		}
		if err := archive.Unpack(card.Card(d.dir), k.root); err != nil {
			return err
		}
		k.stow(d, card.Driver)
		k.appear(d)
		k.probe(d)
		return nil
	})
}

// Pull takes the card out of the machine, with what is behind it: nothing brings it back but
// Plug. pciback's slots stay. The error is ENODEV if there is no such card.
func (h *Host) Pull(address string) error {
	return h.locked(func(k *kernel) error {
		d, ok := k.device(address)
		if !ok {
			return fmt.Errorf("pull %s: %w", address, syscall.ENODEV)
		}
		k.unplug(d)
		k.remove(removed + "/" + address)
		k.remove(path.Dir(stowed(d, "")))
		k.remove(vfs + "/" + address)
		return nil
	})
}

// Renumber gives the VFs of a PF other addresses on its bus, as when its first VF offset
// changes. It has an effect on VFs that are not enabled, and on those that are when they are
// enabled again.
func (h *Host) Renumber(pf string, addresses ...string) error {
	return h.locked(func(k *kernel) error {
		for i, address := range addresses {
			dir := fmt.Sprintf("%s/%s/%d", vfs, pf, i)
			for _, name := range k.names(dir) {
				k.move(dir+"/"+name, dir+"/"+address)
			}
		}
		return nil
	})
}

// appear adds a device to the bus. No driver is offered it yet.
func (k *kernel) appear(d device) {
	k.emit("add", d)
	k.link(devices+"/"+d.address, d.dir)
}
