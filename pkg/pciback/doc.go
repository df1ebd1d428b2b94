// Package pciback drives xen-pciback, the Linux driver that holds PCI devices
// which dom0 has given up for its guests.
//
// It mirrors /sys/bus/pci/drivers/pciback: which devices are bound there,
// which slots are registered, and the steps that take a device from its own
// driver to pciback and back. A device that could not be moved is put back
// where it was; every move is read back from the kernel before it counts.
//
// The rules stand in drivers/xen/xen-pciback/pci_stub.c and drivers/base/bus.c
// of Linux, and were measured on Linux 6.1 under Xen 4.17; docs/kernel.md has
// what was found.
package pciback
