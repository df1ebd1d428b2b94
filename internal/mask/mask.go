// Package mask puts other values in the place of what tells one machine, or its
// people, from all others: MAC and IP addresses, serial numbers, UUIDs, host
// names, and secrets on the kernel's command line. Names of volumes, mount
// points, interfaces and drivers stay.
//
// Under one key the same value always becomes the same other one, so that what
// belonged together still does: a bridge still has its port's MAC address, an
// address is still within the network that a route leads to. Without the key
// nobody gets the values back, and it is thrown away with the Mask.
package mask

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Key is what the new values are made with.
type Key [16]byte

// NewKey makes a key that nobody knows. The error is a *sysfs.AttrError.
func NewKey() (k Key, err error) {
	random, err := sysfs.FS{}.Read("/dev/urandom", len(k))
	copy(k[:], random)
	return k, err
}

// Mask masks the texts of one machine. It is not for several goroutines.
//
// First it is told, by Learn, of the serial numbers and MAC addresses that the
// machine has, so that it knows them wherever else they stand; then it masks.
type Mask struct {
	key      Key
	learned  map[string]string // a text that is replaced wherever it stands, by what
	replacer *strings.Replacer // of learned; nil while that still grows

	anywhere  patterns       // what is masked in any text
	addresses patterns       // the same, and IP addresses
	sockets   *regexp.Regexp // an address and its port in /proc/net/tcp and tcp6

	meanings []netip.Prefix // ranges whose addresses stay
	leading  []netip.Prefix // ranges whose beginning stays, with meanings
}

// New makes a Mask that has learned nothing yet.
func New(key Key) *Mask {
	return &Mask{
		key:       key,
		learned:   make(map[string]string),
		anywhere:  compile(forms()...),
		addresses: compile(append(forms(), addressForms()...)...),
		sockets:   regexp.MustCompile(`\b(?:[0-9A-F]{32}|[0-9A-F]{8}):[0-9A-F]{4}\b`),
		meanings:  meanings(),
		leading:   append(meanings(), ranges()...),
	}
}

// randomSize is how much random gives, in bytes.
const randomSize = 32

// random gives bytes that depend on the key, the kind of a value and the value
// alone.
func (m *Mask) random(kind, value string) []byte {
	text := append([]byte(kind+"\x00"+value), 0)
	var random []byte
	for part := range byte(randomSize / 8) {
		text[len(text)-1] = part
		random = binary.LittleEndian.AppendUint64(random, sipHash(m.key, text))
	}
	return random
}

// maxLearned is how many values a Mask learns: four for each of as many
// functions as the largest machines have.
const maxLearned = 1 << 14

func (m *Mask) learn(value, masked string) {
	if _, known := m.learned[value]; known || len(m.learned) < maxLearned {
		m.learned[value] = masked
		m.replacer = nil
	}
}

// replace replaces all that was learned, the longest first.
func (m *Mask) replace(text string) string {
	if m.replacer == nil {
		values := slices.SortedFunc(maps.Keys(m.learned), func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		pairs := make([]string, 0, 2*len(values))
		for _, value := range values {
			pairs = append(pairs, value, m.learned[value])
		}
		m.replacer = strings.NewReplacer(pairs...)
	}
	return m.replacer.Replace(text)
}
