package pciback

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// PermissiveFile is the attribute to which the address of a device is written that
// pciback has, to let its guest write the whole configuration space
// (permissive_store in drivers/xen/xen-pciback/pci_stub.c). Only an unbind reverts
// that; it outlives the guest (measured). Reading it lists these devices, one a line,
// cut at one page.
const PermissiveFile = driversDir + Name + "/permissive"

// Permissive returns the devices for which PermissiveFile was written since pciback has
// them, as far as the kernel shows them. There are none if it does not have pciback.
func (d *Driver) Permissive() ([]pci.Address, error) {
	content, err := d.fs.Read(PermissiveFile, sysfs.AttributeLimit)
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, attributeError(err)
	}
	return ParseSlots(content).Addresses, nil // the lines are the same
}
