package seen

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/kernelname"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Look returns what the drivers of dom0 show of these devices. A device of which they
// show nothing is not in the result. ask reads attributes whose reader may wait for a
// driver. It must have a deadline, and is not called again once that has passed.
func Look(f sysfs.FS, devices []pci.Address, ask func(name string) (string, error)) map[pci.Address]Card {
	var late error
	askInTime := func(name string) (value string, err error) {
		if late != nil {
			return "", late
		}
		if value, err = ask(name); errors.Is(err, context.DeadlineExceeded) {
			late = err
		}
		return value, err
	}
	cards := map[pci.Address]Card{}
	for _, part := range kernelname.Interfaces(f) {
		if slices.Contains(devices, part.Device) {
			c := cards[part.Device]
			c.Interfaces = append(c.Interfaces, readInterface(f, part, askInTime))
			cards[part.Device] = c
		}
	}
	for _, part := range kernelname.Disks(f) {
		if !slices.Contains(devices, part.Device) {
			continue
		}
		if d, ok := readDisk(f, part, askInTime); ok {
			c := cards[part.Device]
			c.Disks = append(c.Disks, d)
			cards[part.Device] = c
		}
	}
	for a, c := range cards {
		cards[a] = c.bounded()
	}
	return cards
}

// renamed are the values of name_assign_type for names that were given to an interface
// (NET_NAME_USER and NET_NAME_RENAMED in include/uapi/linux/netdevice.h).
var renamed = []string{"3", "4"}

func readInterface(f sysfs.FS, part kernelname.Part, ask func(name string) (string, error)) Interface {
	dir := part.Dir
	n := Interface{Name: part.Name, MAC: config.InterfaceMAC(f, dir)}
	if n.MAC == "" {
		if address, err := f.Attribute(dir + "/address"); err == nil && strings.Trim(address, "0:") != "" {
			n.MAC = address
		}
	}
	if assigned, err := f.Attribute(dir + "/name_assign_type"); err == nil {
		n.Renamed = slices.Contains(renamed, assigned)
	}
	if value, err := ask(dir + "/speed"); err == nil {
		n.Speed, _ = strconv.Atoi(value) // see bounded
	}
	return n
}

// sector is the unit of a disk's size in sysfs, whatever the disk's own is.
const sector = 512

// readDisk reads a disk. ok is false for one without a size: a card reader without a
// card.
func readDisk(f sysfs.FS, part kernelname.Part, ask func(name string) (string, error)) (d Disk, ok bool) {
	dir := part.Dir
	attribute := func(names ...string) string {
		for _, name := range names {
			if value, err := f.Attribute(dir + "/" + name); err == nil && strings.TrimSpace(value) != "" {
				return strings.TrimSpace(value)
			}
		}
		return ""
	}
	sectors, err := strconv.ParseUint(attribute("size"), 10, 64)
	if err != nil || sectors == 0 || sectors > 1<<64/sector-1 {
		return d, false
	}
	d = Disk{
		Name:   part.Name,
		Model:  model(attribute("device/vendor"), attribute("device/model", "device/name")),
		Serial: cmp.Or(attribute("device/serial"), pageSerial(f, dir+"/device/vpd_pg80")),
		WWN:    worldwide(attribute("wwid", "device/wwid")),
		Size:   sectors * sector,
	}
	if strings.HasPrefix(part.Name, "vd") { // virtio_blk asks the hypervisor
		d.Serial, _ = ask(dir + "/serial")
	}
	return d, true
}

// worldwide returns a worldwide name; "" for a text that the kernel made of model and
// serial number.
func worldwide(name string) string {
	for _, kind := range [...]string{"naa.", "eui.", "uuid."} {
		if strings.HasPrefix(name, kind) {
			return name
		}
	}
	return ""
}

// model joins what a SCSI disk says of itself. "ATA" is not a vendor, and other disks
// have a number or nothing.
func model(vendor, model string) string {
	if vendor == "ATA" || strings.HasPrefix(vendor, "0x") {
		return model
	}
	return strings.TrimSpace(vendor + " " + model)
}

// pageSerial returns the serial number of a SCSI disk, from the page that the kernel
// keeps of it: four bytes before the number, the last two its length.
func pageSerial(f sysfs.FS, name string) string {
	page, err := f.Read(name, maxText)
	if err != nil || len(page) < 4 {
		return ""
	}
	length := int(page[2])<<8 | int(page[3])
	return string(page[4:min(4+length, len(page))])
}

// text returns a text that may come from a device: on one line, of printable
// characters, and not too long.
func text(v string) string {
	v = strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == 0 || unicode.IsSpace(r) }), " ")
	v = prose.Printable(strings.ToValidUTF8(v, "\uFFFD"))
	if len(v) > maxText {
		v = strings.ToValidUTF8(v[:maxText], "")
	}
	return v
}
