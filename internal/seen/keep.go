package seen

import (
	"errors"
	"path"
	"reflect"
	"slices"
	"syscall"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// stateDir is where programs keep what they know. Where it is not, as in an
// initramfs, nothing is kept.
const stateDir = "/var/lib"

// recordMode is the mode of a file. Only root can read serial numbers in sysfs too.
const recordMode = 0o600

// Keep remembers what these devices are. all are all devices of the machine, read with
// config.Reads; stuck are those that are not to be looked at. What is known of a card
// already is kept where it is not seen now, and a device of which nothing is seen
// changes nothing.
//
// Where there is no place to keep anything, as in an initramfs or on a file system that
// is mounted read-only, Keep does nothing and returns nil.
func Keep(f sysfs.FS, all []pci.Device, stuck []pci.Address, cards map[pci.Address]Card) error {
	if len(cards) == 0 || !f.Exists(stateDir) {
		return nil
	}
	m, err := Open(f)
	if err == nil {
		err = m.keep(f, identified(f, all, stuck, cards), cards)
	}
	if errors.Is(err, syscall.EROFS) {
		return nil
	}
	return err
}

// identified reads what tells the cards from others of their kind.
func identified(f sysfs.FS, all []pci.Device, stuck []pci.Address, cards map[pci.Address]Card) []config.Present {
	root := f.Path("/")
	present := config.Places(all)
	kinds := map[config.ID]bool{}
	for _, p := range present {
		if _, seen := cards[p.Address]; seen {
			kinds[p.ID()] = true
		}
	}
	for i := range present {
		p := &present[i]
		if !kinds[p.ID()] || slices.Contains(stuck, p.Address) {
			continue
		}
		p.ReadSerial(root)
		p.ReadMAC(root)
	}
	return present
}

func (m *Memory) keep(f sysfs.FS, present []config.Present, cards map[pci.Address]Card) error {
	known := m.match(present)
	var errs []error
	for _, p := range present {
		card := cards[p.Address].bounded()
		if card.empty() {
			continue
		}
		for _, other := range present {
			if p.Twin(other) {
				p.Unlike(other)
			}
		}
		earlier := known[p.Address]
		if len(earlier) > 0 {
			card = Merge(earlier[0].Card, card)
		}
		name, err := m.write(f, Record{Identity: config.Identify(p), Card: card})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, r := range earlier {
			if r.file != name {
				errs = append(errs, m.drop(f, r))
			}
		}
	}
	return errors.Join(append(errs, m.trim(f, present))...)
}

// write writes a record and returns the name of its file. What is known already is not
// written again, unless another card was seen in its place since.
func (m *Memory) write(f sysfs.FS, r Record) (name string, err error) {
	name = r.name()
	at := slices.IndexFunc(m.records, func(s *stored) bool { return s.file == name })
	if at >= 0 {
		r.Order = m.records[at].Order
		later := slices.ContainsFunc(m.records[at+1:], func(s *stored) bool { return s.Identity.Path == r.Identity.Path })
		if !later && reflect.DeepEqual(r, m.records[at].Record) {
			return name, nil
		}
		m.records = slices.Delete(m.records, at, at+1)
	}
	r.Order = 1
	if last := len(m.records) - 1; last >= 0 {
		r.Order += m.records[last].Order
	}
	content, err := r.Print()
	if err == nil {
		err = etc.Replace(f, path.Join(Dir, name), content, etc.Options{Mode: recordMode, NoBackup: true})
	}
	if err == nil {
		m.records = append(m.records, &stored{r, name})
	}
	return name, err
}

// drop removes a record and its file.
func (m *Memory) drop(f sysfs.FS, r *stored) error {
	m.records = slices.DeleteFunc(m.records, func(s *stored) bool { return s == r })
	return etc.Remove(f, path.Join(Dir, r.file))
}

// trim removes files until there are no more than maxCards: those that are no record,
// then the oldest of cards that are not in the machine, then the oldest.
func (m *Memory) trim(f sysfs.FS, present []config.Present) error {
	var errs []error
	for len(m.records)+len(m.broken) > maxCards && len(m.broken) > 0 {
		errs = append(errs, etc.Remove(f, path.Join(Dir, m.broken[0])))
		m.broken = m.broken[1:]
	}
	if len(m.records) <= maxCards {
		return errors.Join(errs...)
	}
	there := map[*stored]bool{}
	for _, records := range m.match(present) {
		there[records[0]] = true
	}
	oldest := slices.Clone(m.records)
	slices.SortStableFunc(oldest, func(a, b *stored) int {
		switch {
		case there[a] == there[b]:
			return 0
		case there[b]:
			return -1
		}
		return 1
	})
	for _, r := range oldest[:len(oldest)-maxCards] {
		errs = append(errs, m.drop(f, r))
	}
	return errors.Join(errs...)
}
