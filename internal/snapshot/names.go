package snapshot

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// devices returns the machine's functions, each valid until the next one. It leaves
// out functions that cannot be read.
func (c *copier) devices() iter.Seq[*pci.Device] {
	addresses, _ := pci.List(c.root)
	return func(yield func(*pci.Device) bool) {
		for d, err := range pci.Each(c.root, addresses, 0) {
			if err == nil && (c.over() || !yield(d)) {
				return
			}
		}
	}
}

// names writes a pci.ids with the names of this machine's devices only. The
// machine's own file has megabytes, and changes from month to month.
func (c *copier) names() {
	names, err := pci.OpenNames(c.root)
	if err != nil {
		return // without it, devices are shown by their numbers
	}
	defer names.Close()
	ids := make(idLines)
	for d := range c.devices() {
		ids.device(names, d)
		ids.class(names, d.Class)
	}
	c.bytes("/usr/share/misc/pci.ids", 0, []byte(ids.String()))
}

// idLines are the lines of a pci.ids by their sort keys. The key of a line begins
// with the key of the line above it in the hierarchy.
type idLines map[string]string

func (l idLines) String() string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(l)) {
		text.WriteString(l[key])
	}
	return text.String()
}

// add adds a line with an indentation of tabs, if known, and returns known.
func (l idLines) add(key string, tabs int, id, name string, known bool) bool {
	if known {
		l[key] = strings.Repeat("\t", tabs) + id + "  " + name + "\n"
	}
	return known
}

func (l idLines) device(names *pci.Names, d *pci.Device) {
	vendor := func(v uint16) bool {
		id := fmt.Sprintf("%04x", v)
		name, ok := names.Vendor(v)
		return l.add(id, 0, id, name, ok)
	}
	if sub, _, ok := d.Subsystem(); ok {
		vendor(sub)
	}
	if !vendor(d.Vendor) {
		return
	}
	key, id := fmt.Sprintf("%04x %04x", d.Vendor, d.Device), fmt.Sprintf("%04x", d.Device)
	name, ok := names.Device(d.Vendor, d.Device)
	if l.add(key, 1, id, name, ok) {
		card := fmt.Sprintf("%04x %04x", d.SubVendor, d.SubDevice)
		name, ok := names.Subsystem(d.Vendor, d.Device, d.SubVendor, d.SubDevice)
		l.add(key+" "+card, 2, card, name, ok)
	}
}

// class adds the names of a class. Classes come after all vendors.
func (l idLines) class(names *pci.Names, c pci.Class) {
	key, base := fmt.Sprintf("C %02x", c.Base()), fmt.Sprintf("C %02x", c.Base())
	name, ok := names.Base(c)
	if !l.add("g"+key, 0, base, name, ok) {
		return
	}
	key += fmt.Sprintf(" %02x", c.Sub())
	if name, ok = names.Subclass(c); !l.add("g"+key, 1, fmt.Sprintf("%02x", c.Sub()), name, ok) {
		return
	}
	key += fmt.Sprintf(" %02x", c.Interface())
	name, ok = names.Interface(c)
	l.add("g"+key, 2, fmt.Sprintf("%02x", c.Interface()), name, ok)
}
