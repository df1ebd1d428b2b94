package pciback

// PermissiveFile is the attribute to which the address of a device is written that
// pciback has, to let its guest write the whole configuration space
// (permissive_store in drivers/xen/xen-pciback/pci_stub.c). Only an unbind reverts
// that. Reading it lists these devices, one a line, cut at one page.
const PermissiveFile = driversDir + Name + "/permissive"
