// Package pciback drives xen-pciback, the Linux driver that holds PCI devices
// which dom0 has given up for its guests.
//
// It mirrors /sys/bus/pci/drivers/pciback: which devices are bound to it, which
// slots are registered, and the steps that move a device from its own driver to
// pciback and back. If a move fails, the device is returned to its driver; whether
// a move succeeded is read back from the kernel.
//
// The rules are those of drivers/xen/xen-pciback/pci_stub.c and
// drivers/base/bus.c of Linux, measured on Linux 6.1 under Xen 4.17;
// docs/kernel.md has the results.
package pciback
