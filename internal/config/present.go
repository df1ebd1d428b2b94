package config

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Present is a device that is there now, with what may tell it from others of its
// kind.
type Present struct {
	pci.Device        // with the parts in Reads
	Path       string // see Path
	Serial     string // "" where the device has none, or it was not read
	MAC        string // "" where no driver of dom0 shows a permanent address
}

// Reads are the parts of a device that NewPresent uses.
const Reads = pci.WithParent | pci.WithDriver | pci.WithSlot

// NewPresent takes all devices that are there now, as pci.Read reads them with
// Reads. What is not among those parts is read of those devices alone that the
// list may mean: of each that has the ids of a declared one. The serial number can
// be read by root only.
func NewPresent(root string, devices []pci.Device, list []Declared) []Present {
	wanted := map[ID]bool{}
	for _, d := range list {
		if d.ID != nil && (d.Serial != "" || d.MAC != "") {
			wanted[*d.ID] = true
		}
	}
	present := Places(devices)
	for i := range present {
		if wanted[present[i].ID()] {
			present[i].lookCloser(root)
		}
	}
	return present
}

// Places takes all devices that are there now, as pci.Read reads them with Reads. It
// reads nothing more.
func Places(devices []pci.Device) []Present {
	first := firstBuses(devices)
	present := make([]Present, len(devices))
	for i, d := range devices {
		present[i] = Present{Device: d, Path: Path(d, first)}
	}
	return present
}

// Closer reads everything of one of the devices that Identify can use. The others
// have to be given too: a number that another of its kind has as well tells
// nothing. found is false where the device is not among them.
func Closer(root string, present []Present, a pci.Address) (p Present, found bool) {
	i := slices.IndexFunc(present, func(p Present) bool { return p.Address == a })
	if i < 0 {
		return Present{}, false
	}
	p = present[i]
	p.lookCloser(root)
	for _, other := range present {
		if p.Twin(other) && (p.Serial != "" || p.MAC != "") {
			other.lookCloser(root)
			p.Unlike(other)
		}
	}
	return p, true
}

// ID returns vendor and device.
func (p Present) ID() ID { return ID{p.Vendor, p.Device.Device} }

// Twin reports whether another device has the same ids.
func (p Present) Twin(other Present) bool { return p.Address != other.Address && p.ID() == other.ID() }

// Unlike clears what a twin has too: after this one is pulled, it would make its
// declaration mean the twin.
func (p *Present) Unlike(twin Present) {
	if p.Serial == twin.Serial && p.Address.Function == twin.Address.Function {
		p.Serial = ""
	}
	if p.MAC == twin.MAC {
		p.MAC = ""
	}
}

func (p *Present) lookCloser(root string) {
	p.ReadSerial(root)
	p.ReadMAC(root)
}

// ReadSerial reads the serial number, which only root can. It waits while the device
// is being reset.
func (p *Present) ReadSerial(root string) { p.Serial = readSerial(root, p.Address) }

// ReadMAC reads the permanent address of the network interface. It asks no driver.
func (p *Present) ReadMAC(root string) { p.MAC = readMAC(sysfs.New(root), p.Address) }

// Identify returns the declaration of a device that is there, by which Match
// finds it again wherever it is then.
func Identify(p Present) Device {
	class := p.Class
	d := Device{
		Address: p.Address,
		ID:      &ID{p.Vendor, p.Device.Device},
		Class:   &class,
		Path:    p.Path,
		Serial:  p.Serial,
		MAC:     p.MAC,
	}
	if vendor, device, ok := p.Subsystem(); ok {
		d.Subsystem = &ID{vendor, device}
	}
	if checkLine(p.PhysicalSlot) == nil { // the label comes from the firmware
		d.Slot = strings.ToValidUTF8(p.PhysicalSlot, "")
	}
	return d
}
