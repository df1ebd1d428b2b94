package pciback

// PermissiveFile takes the address of a device that pciback has, and lets its
// guest write all of its configuration space (permissive_store in
// drivers/xen/xen-pciback/pci_stub.c). Nothing but an unbind takes that back.
// It shows the devices of which that is so, one a line, cut at one page.
const PermissiveFile = driversDir + Name + "/permissive"
