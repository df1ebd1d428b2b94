package pci

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Names is an open pci.ids: what vendors, devices and classes are called. The
// zero value and nil know no name. It may be shared between goroutines until it
// is closed.
//
// Names are the bytes of the file, which need not be UTF-8. The first name that
// is not found costs one pass over the file; every other look-up finds its line by
// bisection.
type Names struct {
	index   namesIndex
	release func()
}

// namesFiles are the places where distributions keep the file, best first: to
// inflate the compressed one takes longer than all the rest of a listing.
var namesFiles = [...]string{
	"/usr/share/misc/pci.ids",   // Debian, Ubuntu, Arch's older hwids
	"/usr/share/hwdata/pci.ids", // Red Hat, SUSE, Arch, Gentoo
	"/usr/share/pci.ids",        // built from the sources of pciutils
	"/usr/share/misc/pci.ids.gz",
	"/usr/share/hwdata/pci.ids.gz",
}

// maxNames is the largest pci.ids that is read, in bytes, inflated. Today's has
// less than 2 MiB.
const maxNames = 16 << 20

// OpenNames opens the first of the usual places below root that has a pci.ids.
// Where none has, fs.ErrNotExist is in the error's chain.
//
// Lines of another form than pci.ids has are passed over.
func OpenNames(root string) (*Names, error) {
	fsys := sysfs.New(root)
	var first error
	for _, file := range namesFiles {
		text, release, err := mapNames(fsys, file)
		if err == nil {
			return newNames(text, release), nil
		}
		if !sysfs.IsNotExist(err) {
			return nil, attributeError(err)
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("names of PCI devices: %w", attributeError(first))
}

// mapNames maps a file, or inflates it where it is compressed. Nobody may look
// at the text after release.
func mapNames(fsys sysfs.FS, file string) (text []byte, release func(), err error) {
	text, release, err = fsys.Map(file, maxNames)
	if err != nil || !packed(text) {
		return text, release, err
	}
	defer release()
	text, err = inflate(text, file)
	return text, func() {}, err
}

// ReadNames opens a pci.ids that the user chose: file is a path on this machine.
// If it ends in .gz and does not exist, the path without .gz is taken, as by
// lspci. The whole file is checked as lspci checks it, in one pass.
//
// If the file does not exist, fs.ErrNotExist is in the error's chain. A line
// that is malformed or repeats an earlier entry is a *NamesError.
//
// The file is mapped until Close. Replacing the file is safe. If it is shortened in
// place, reading what is missing ends the program with SIGBUS.
func ReadNames(file string) (*Names, error) {
	text, release, err := mapNames(sysfs.FS{}, file)
	if plain, ok := strings.CutSuffix(file, ".gz"); ok && sysfs.IsNotExist(err) {
		text, release, err = mapNames(sysfs.FS{}, plain)
	}
	if err != nil {
		return nil, fmt.Errorf("names of PCI devices: %w", attributeError(err))
	}
	names, err := checkedNames(text, file, release)
	if err != nil {
		release()
	}
	return names, err
}

// checkedNames checks the text of a file.
func checkedNames(text []byte, file string, release func()) (*Names, error) {
	blocks, line, reason := checkNames(text)
	if reason != "" {
		return nil, &NamesError{File: file, Line: line, Reason: reason}
	}
	n := &Names{release: release}
	n.index.initChecked(text, blocks)
	return n, nil
}

// packed reports whether a file is compressed, whatever its name is (RFC 1952,
// section 2.3.1).
func packed(content []byte) bool { return bytes.HasPrefix(content, []byte{0x1f, 0x8b}) }

func inflate(content []byte, file string) (text []byte, err error) {
	inflated, err := gzip.NewReader(bytes.NewReader(content))
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(inflated, maxNames))
	}
	if err != nil {
		return nil, &sysfs.AttrError{Op: "inflate", Path: file, Err: err}
	}
	return text, nil
}

func newNames(text []byte, release func()) *Names {
	n := &Names{release: release}
	n.index.init(text)
	return n
}

// Close unmaps the file. No name may be looked up after that; names that were
// found stay valid.
func (n *Names) Close() {
	if n != nil && n.release != nil {
		n.release()
	}
}

// Vendor is the name of a vendor.
func (n *Names) Vendor(vendor uint16) (string, bool) {
	if n == nil {
		return "", false
	}
	b, ok := n.index.block(vendorBlock, vendor)
	return string(b.name), ok
}

// Device is the name of a vendor's device.
func (n *Names) Device(vendor, device uint16) (string, bool) {
	e, ok := n.device(vendor, device)
	return string(e.name), ok
}

func (n *Names) device(vendor, device uint16) (entry, bool) {
	if n == nil {
		return entry{}, false
	}
	return n.index.device(vendor, device)
}

// Subsystem is the name that the maker of the card gave it. It is looked for
// as lspci does: under the device, among the maker's cards of any kind, and as
// the device itself when the card's ids are the device's own.
func (n *Names) Subsystem(vendor, device, subVendor, subDevice uint16) (string, bool) {
	if n == nil {
		return "", false
	}
	if vendor > 0 && device > 0 {
		if e, ok := n.device(vendor, device); ok {
			if name, ok := findCard(e.lines, subVendor, subDevice); ok {
				return string(name), true
			}
		}
	}
	if b, ok := n.index.block(genericBlock, subVendor); ok {
		if e, ok := findEntry(b.lines, deviceLine, subDevice); ok {
			return string(e.name), true
		}
	}
	if vendor == subVendor && device == subDevice {
		return n.Device(vendor, device)
	}
	return "", false
}

// Base is the name of a base class, "Network controller".
func (n *Names) Base(c Class) (string, bool) {
	if n == nil {
		return "", false
	}
	b, ok := n.index.block(classBlock, uint16(c.Base()))
	return string(b.name), ok
}

// Subclass is the name of a class with its subclass, "Ethernet controller".
func (n *Names) Subclass(c Class) (string, bool) {
	e, ok := n.subclass(c)
	return string(e.name), ok
}

func (n *Names) subclass(c Class) (entry, bool) {
	if n == nil {
		return entry{}, false
	}
	b, ok := n.index.block(classBlock, uint16(c.Base()))
	if !ok {
		return entry{}, false
	}
	return findEntry(b.lines, subclassLine, uint16(c.Sub()))
}

// Interface is the name of a programming interface, "XHCI".
func (n *Names) Interface(c Class) (string, bool) {
	sub, ok := n.subclass(c)
	if !ok {
		return "", false
	}
	e, ok := findEntry(sub.lines, interfaceLine, uint16(c.Interface()))
	return string(e.name), ok
}
