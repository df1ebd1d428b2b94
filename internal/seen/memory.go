package seen

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Dir is the folder of the files, without the root.
const Dir = "/var/lib/xenpci/seen"

// maxCards is how many cards are remembered. Beyond it the one that was seen first is
// forgotten, but rather one that is not in the machine.
const maxCards = 256

// maxNames is how many names in Dir are looked at, of any kind.
const maxNames = 4 * maxCards

// Memory is what Dir has. Goroutines may share it.
type Memory struct {
	records []*stored // the oldest first
	broken  []string  // files that are no record
}

// stored is a record, and the name of its file in Dir.
type stored struct {
	Record
	file string
}

// Open reads everything that is remembered. Nothing is an empty memory; a file that
// is no record is passed over. The error is that Dir or a file in it cannot be read.
func Open(f sysfs.FS) (Memory, error) {
	entries, err := f.Entries(Dir+"/.", maxNames) // the folder may be a link
	if sysfs.IsNotExist(err) {
		return Memory{}, nil
	}
	var m Memory
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, suffix) || strings.HasPrefix(name, ".") || !entry.Type().IsRegular() {
			continue
		}
		content, readErr := f.Read(path.Join(Dir, name), maxRecord+1)
		if sysfs.IsNotExist(readErr) {
			continue // it was replaced by another this moment
		}
		if readErr != nil {
			err = readErr
			continue
		}
		record, parseErr := ParseRecord(content)
		if len(content) > maxRecord || parseErr != nil {
			m.broken = append(m.broken, name)
			continue
		}
		m.records = append(m.records, &stored{record, name})
	}
	slices.SortFunc(m.records, func(a, b *stored) int { return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.file, b.file)) })
	return m, err
}

// Records returns everything that is remembered, the oldest first.
func (m Memory) Records() []Record {
	records := make([]Record, len(m.records))
	for i, r := range m.records {
		records[i] = r.Record
	}
	return records
}

// Of returns what these devices were, as far as it is known. all are all devices of
// the machine below root, read with config.Reads. A card is found again as a declared
// one is, wherever it is now; one that nothing identifies is not in the result, and
// neither is another card that has come to the place of a remembered one.
//
// The serial number is read of these devices alone, and waits while one of them is
// being reset.
func (m Memory) Of(root string, all []pci.Device, devices []pci.Address) map[pci.Address]Card {
	present := config.Places(all)
	for i := range present {
		p := &present[i]
		switch serial, mac := m.tells(*p); {
		case serial && slices.Contains(devices, p.Address):
			p.ReadSerial(root)
		case mac && p.Driver != pciback.Name:
			// A remembered card may be here now, and not where it was.
			p.ReadMAC(root)
		}
	}
	cards := map[pci.Address]Card{}
	for a, found := range m.match(present) {
		if slices.Contains(devices, a) {
			cards[a] = found[0].Card
		}
	}
	return cards
}

// tells reports whether a record of the same kind of card has a serial number, and
// whether one has a MAC address.
func (m Memory) tells(p config.Present) (serial, mac bool) {
	for _, r := range m.records {
		if r.Identity.ID != nil && *r.Identity.ID == p.ID() {
			serial, mac = serial || r.Identity.Serial != "", mac || r.Identity.MAC != ""
		}
	}
	return serial, mac
}

// match returns the records that mean a device, the best first: that with the best
// evidence, and of several the latest, since a card that was pulled may have been where
// this one is.
func (m Memory) match(present []config.Present) map[pci.Address][]*stored {
	kinds := map[config.ID][]config.Present{}
	for _, p := range present {
		kinds[p.ID()] = append(kinds[p.ID()], p)
	}
	evidence := map[*stored]config.Evidence{}
	found := map[pci.Address][]*stored{}
	for _, r := range m.records {
		if r.Identity.ID == nil { // xenpci has not written it
			continue
		}
		match := config.Match([]config.Declared{{Device: r.Identity}}, kinds[*r.Identity.ID])[0]
		if match.Found() {
			evidence[r] = match.Evidence
			found[match.Now] = append([]*stored{r}, found[match.Now]...)
		}
	}
	for _, records := range found {
		slices.SortStableFunc(records, func(a, b *stored) int { return cmp.Compare(evidence[b], evidence[a]) })
	}
	return found
}
