package pciback

import (
	"context"
	"errors"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Name is the name of the driver on the PCI bus. Its module is called xen-pciback.
const Name = "pciback"

const (
	driversDir = "/sys/bus/pci/drivers/"
	devicesDir = "/sys/bus/pci/devices/"
	probeFile  = "/sys/bus/pci/drivers_probe"
)

// Attributes reads and writes the attributes that may keep their caller waiting: all
// that are written, and driver_override, whose reader takes the device's lock
// (drivers/pci/pci-sysfs.c).
//
// Names are absolute, as the kernel knows them ("/sys/bus/pci/..."); an
// implementation for a tree elsewhere puts its root before them.
//
// An error has the kernel's errno in its chain (fs.ErrNotExist, syscall.ENODEV), or
// context.DeadlineExceeded if the kernel had not answered when the implementation
// stopped waiting. The device is then left as it is, since the operation may still
// take place.
//
// If an implementation has a method
//
//	WriteInOrder(ctx context.Context, names, values []string) (done int, err error)
//
// a move makes all its writes by one call of it. It writes values[i] to names[i], one
// after the other, stops at the first that fails, and returns how many succeeded.
type Attributes interface {
	// Read returns the content of an attribute without the newline at its end. One
	// read(2) of a page returns all of it.
	Read(ctx context.Context, name string) (string, error)
	// Write writes exactly these bytes by one write(2) to the attribute, opened for
	// writing only: without O_CREAT, which would make a file in a tree that is not
	// the kernel's, and without O_TRUNC.
	Write(ctx context.Context, name, value string) error
}

// Driver is pciback below one root. It caches nothing: every method reads the
// kernel's files. It may be shared between goroutines, but two moves of the same
// device must not run at once.
type Driver struct {
	fs    sysfs.FS
	attrs Attributes
}

// New returns the pciback below root ("" or "/": this machine). The calling goroutine
// makes its reads and writes, and a driver that never finishes its unbind blocks it
// for ever; WithAttributes makes them elsewhere.
func New(root string) *Driver {
	fs := sysfs.New(root)
	return &Driver{fs: fs, attrs: direct{fs}}
}

// WithAttributes returns a copy of d that reads and writes attributes by attrs.
func (d *Driver) WithAttributes(attrs Attributes) *Driver {
	return &Driver{fs: d.fs, attrs: attrs}
}

// attributeError returns the error of an attribute as callers can match it.
func attributeError(err error) error {
	var failed *sysfs.AttrError
	if errors.As(err, &failed) {
		return (*pci.AttributeError)(failed)
	}
	return err
}

// direct reads and writes in the calling goroutine.
type direct struct{ fs sysfs.FS }

func (d direct) Read(_ context.Context, name string) (string, error) { return d.fs.Attribute(name) }
func (d direct) Write(_ context.Context, name, value string) error   { return d.fs.Write(name, value) }

// Registered reports whether the kernel has the driver now: built in, or loaded.
func (d *Driver) Registered() bool {
	return d.fs.Exists(driversDir + Name)
}

// Ready reports whether the driver is registered and can give devices to guests. A driver that
// is built in registers without Xen too, and takes the devices of its hide=, which no guest can
// have: only later, in xen_pcibk_init, does it check for Xen and register with Xen's bus
// (drivers/xen/xen-pciback/pci_stub.c).
func (d *Driver) Ready() bool {
	return d.Registered() && (d.backend() || d.Module().Presence != Idle)
}

// backend reports whether pciback has registered with Xen's bus.
func (d *Driver) backend() bool {
	return d.fs.Exists("/sys/bus/xen-backend/drivers/" + ModuleName)
}

// Registration returns another number each time that pciback has registered with the bus in
// this boot, and 0 while it is not registered. pciback is unloaded with all of its slots, so
// what was seen of them under another number does not hold any more.
//
// It is the inode number of /sys/bus/pci/drivers/pciback, which may repeat before Linux 4.14.
func (d *Driver) Registration() uint64 {
	inode, err := d.fs.Inode(driversDir + Name)
	if err != nil {
		return 0
	}
	return inode
}

// maxDomain is the largest PCI domain that pciback's slots and Xen can name.
const maxDomain = 0xffff

// Takes returns nil if pciback can hold a device at a, and a *DomainError if it never
// can.
func Takes(a pci.Address) error {
	if a.Domain > maxDomain {
		return &DomainError{Device: a}
	}
	return nil
}

// CardBus reports whether a is a CardBus bridge, which pciback refuses
// (pcistub_probe in drivers/xen/xen-pciback/pci_stub.c). A header of type 2 has
// class 0607 in Linux (pci_setup_device in drivers/pci/probe.c), so the
// configuration space of other devices is not read.
func (d *Driver) CardBus(a pci.Address) bool {
	if !d.class(a).Is(pci.ClassCardBusBridge) {
		return false
	}
	header, err := pci.ReadHeaderType(d.fs.Root(), a)
	return err == nil && header == pci.HeaderCardBus
}

// CardBusError reports a CardBus bridge, which pciback refuses.
type CardBusError struct {
	Device pci.Address
}

// Error names the device and the reason.
func (e *CardBusError) Error() string { return e.Device.String() + ": " + e.Reason() }

// Reason returns why pciback refuses the device.
func (e *CardBusError) Reason() string { return "pciback takes no CardBus bridge" }

// Advice returns "": nothing can be done.
func (e *CardBusError) Advice() string { return "" }

// DomainError reports a device in a PCI domain above ffff, which pciback cannot
// name: Linux numbers the domains behind VMD controllers from 10000 (hex) on.
type DomainError struct {
	Device pci.Address
}

// Error names the device, the reason and what can be done.
func (e *DomainError) Error() string {
	return e.Device.String() + ": " + e.Reason() + "; " + e.Advice()
}

// Reason returns why pciback cannot take the device.
func (e *DomainError) Reason() string { return "pciback takes no device in a domain above ffff" }

// Advice returns what can be hidden instead.
func (e *DomainError) Advice() string {
	return "hide the VMD controller above it, with everything behind it"
}
