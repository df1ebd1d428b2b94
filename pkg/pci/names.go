package pci

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Names holds what pci.ids calls some vendors, devices and classes. The zero
// value knows no name. It may be shared between goroutines.
//
// Names are bytes as they stand in the file, which need not be UTF-8.
type Names struct {
	vendors    map[uint16]string
	devices    map[modelKey]string
	subsystems map[subsystemKey]string
	generic    map[modelKey]string // subsystems of a vendor, whatever the device
	bases      map[uint8]string
	subclasses map[uint16]string
	interfaces map[Class]string
}

type modelKey struct{ vendor, device uint16 }

type subsystemKey struct{ model, subsystem modelKey }

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

// ReadNames reads the names that these devices need. file is a path on this
// machine as the user gave it; when it is empty, the first of the usual places
// below root is read. A name that ends in .gz is inflated.
//
// Without a file, fs.ErrNotExist is in the error's chain. A line that is not of
// the form of pci.ids is a *NamesError; only the parts that are needed are
// looked at. In either case Names holds what was read before.
func ReadNames(root, file string, devices []Device) (Names, error) {
	fsys := sysfs.New(root)
	candidates := namesFiles[:]
	if file != "" {
		fsys, candidates = sysfs.FS{}, []string{file}
	}
	var text []byte
	var err error
	for _, candidate := range candidates {
		file = candidate
		if text, err = readNamesFile(fsys, file); !sysfs.IsNotExist(err) {
			break
		}
	}
	if err != nil {
		return Names{}, fmt.Errorf("names of PCI devices: %w", err)
	}
	names, err := parseNames(text, devices)
	var wrong *NamesError
	if errors.As(err, &wrong) {
		wrong.File = file
	}
	return names, err
}

func readNamesFile(fsys sysfs.FS, name string) ([]byte, error) {
	text, err := fsys.Read(name, maxNames)
	if err != nil || !strings.HasSuffix(name, ".gz") {
		return text, err
	}
	inflated, err := gzip.NewReader(bytes.NewReader(text))
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(inflated, maxNames))
	}
	if err != nil {
		return nil, &sysfs.AttrError{Op: "inflate", Path: name, Err: err}
	}
	return text, nil
}

// NamesError is a line of pci.ids that has another form.
type NamesError struct {
	File string
	Line int // counted from 1
}

// Error names file and line in the way of lspci.
func (e *NamesError) Error() string {
	return fmt.Sprintf("parse error at %s, line %d", e.File, e.Line)
}

// Vendor is the name of a vendor.
func (n Names) Vendor(vendor uint16) (string, bool) {
	name, ok := n.vendors[vendor]
	return name, ok
}

// Device is the name of a vendor's device.
func (n Names) Device(vendor, device uint16) (string, bool) {
	name, ok := n.devices[modelKey{vendor, device}]
	return name, ok
}

// Subsystem is the name that the maker of the card gave it. It is looked for
// as lspci does: under the device, among the maker's cards of any kind, and as
// the device itself when the card's ids are the device's own.
func (n Names) Subsystem(vendor, device, subVendor, subDevice uint16) (string, bool) {
	model, subsystem := modelKey{vendor, device}, modelKey{subVendor, subDevice}
	if vendor > 0 && device > 0 {
		if name, ok := n.subsystems[subsystemKey{model, subsystem}]; ok {
			return name, true
		}
	}
	if name, ok := n.generic[subsystem]; ok {
		return name, true
	}
	if model == subsystem {
		return n.Device(vendor, device)
	}
	return "", false
}

// Base is the name of a base class, "Network controller".
func (n Names) Base(c Class) (string, bool) {
	name, ok := n.bases[c.Base()]
	return name, ok
}

// Subclass is the name of a class with its subclass, "Ethernet controller".
func (n Names) Subclass(c Class) (string, bool) {
	name, ok := n.subclasses[uint16(c>>8)]
	return name, ok
}

// Interface is the name of a programming interface, "XHCI".
func (n Names) Interface(c Class) (string, bool) {
	name, ok := n.interfaces[c]
	return name, ok
}
