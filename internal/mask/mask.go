// Package mask replaces values that identify a machine or its users: MAC and IP
// addresses, serial numbers, UUIDs, host names, and secrets on the kernel's command line.
// Names of volumes, mount points, interfaces and drivers stay.
//
// With one key, equal values get equal replacements, so that relations are preserved: a
// bridge still has its port's MAC address, and an address is still in the network of its
// route. The values cannot be recovered without the key, which is discarded with the
// Mask.
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

// Key determines the replacements.
type Key [16]byte

// NewKey returns a random key. The error is a *sysfs.AttrError.
func NewKey() (k Key, err error) {
	random, err := sysfs.FS{}.Read("/dev/urandom", len(k))
	copy(k[:], random)
	return k, err
}

// Mask masks the texts of one machine. It must not be shared between goroutines.
//
// First the caller passes the machine's serial numbers and MAC addresses to LearnSerial
// and LearnMAC, so that they are found in any text; then it masks texts.
type Mask struct {
	key      Key
	learned  map[string]string // texts that are replaced wherever they appear, and their replacements
	replacer *strings.Replacer // for learned; nil while that still grows

	anywhere  patterns       // is masked in any text
	addresses patterns       // the same, and IP addresses
	sockets   *regexp.Regexp // an address and its port in /proc/net/tcp and tcp6

	meanings []netip.Prefix // ranges whose addresses stay
	leading  []netip.Prefix // ranges whose prefix stays, including meanings
}

// New returns a Mask that has not learned anything yet.
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

// randomSize is the number of bytes that random returns.
const randomSize = 32

// random returns bytes that depend only on the key, the kind of a value, and the value.
func (m *Mask) random(kind, value string) []byte {
	text := append([]byte(kind+"\x00"+value), 0)
	var random []byte
	for part := range byte(randomSize / 8) {
		text[len(text)-1] = part
		random = binary.LittleEndian.AppendUint64(random, sipHash(m.key, text))
	}
	return random
}

// maxLearned bounds how many values a Mask learns: four for each function of the largest
// machines.
const maxLearned = 1 << 14

func (m *Mask) learn(value, masked string) {
	if _, known := m.learned[value]; known || len(m.learned) < maxLearned {
		m.learned[value] = masked
		m.replacer = nil
	}
}

// replace replaces all learned texts, the longest first.
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
