package kmod

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fnmatch"
)

var handMade = []alias{
	{"pci:v*d*sv*sd*bc02sc00i*", "any_ethernet", 9},
	{"pci:v00008086d00001521*", "igb", 3},
	{"pci:v00008086d*sv*", "intel_net", 5},
	{"pci:v00008086d0000152[01]sv*", "igb_set", 7},
	{"pci:v00008086d0000152?sv*", "igb_any", 7},
	{"pci:v00008086d00001521", "short", 1},
	{"pci:v00008086", "vendor", 2},
	{"pci:v00008086", "vendor", 1},
	{"pci:v0000808*", "vendors", 2},
	{"pci:*6", "six", 4},
	{"*", "all", 8},
	{"of:Nx", "other", 0},
}

func TestIndex(t *testing.T) {
	ix := mustIndex(t, writeIndex(handMade))
	for _, test := range []struct {
		name, modalias string
		want           []string
	}{
		{"by priority", "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00",
			[]string{"vendors", "igb", "intel_net", "igb_set", "igb_any", "all", "any_ethernet"}},
		{"not in the set", "pci:v00008086d00001523sv", []string{"vendors", "intel_net", "igb_any", "all"}},
		{"as long as a pattern", "pci:v00008086d00001521", []string{"short", "vendors", "igb", "all"}},
		{"the same module twice", "pci:v00008086", []string{"vendor", "vendors", "six", "all"}},
		{"half a pattern", "pci:v000080", []string{"all"}},
		{"nothing", "", []string{"all"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ix.modules(test.modalias)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIndexHeader(t *testing.T) {
	good := writeIndex(handMade)
	changed := func(at int, b byte) []byte {
		data := bytes.Clone(good)
		data[at] = b
		return data
	}
	for _, test := range []struct {
		name string
		data []byte
		want error
	}{
		{"as it is", good, nil},
		{"a minor version to come", changed(7, 2), nil},
		{"a major version to come", changed(5, 3), errNoIndex},
		{"another file", []byte("alias pci:* text\n"), errNoIndex},
		{"a short file", good[:indexHeader-1], errNoIndex},
		{"an empty file", nil, errNoIndex},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := newIndex(test.data); !errors.Is(err, test.want) {
				t.Errorf("%v; want %v", err, test.want)
			}
		})
	}
}

// TestIndexDamaged cuts an index at every byte, and changes each of its bytes.
// The root stands at the end of the file, so that a part of it names nothing.
func TestIndexDamaged(t *testing.T) {
	good := writeIndex(handMade)
	const device = "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00"
	for length := indexHeader; length < len(good); length++ {
		if modules := mustIndex(t, good[:length]).modules(device); modules != nil {
			t.Errorf("cut at %d: %q", length, modules)
		}
	}
	for at := indexHeader - 4; at < len(good); at++ {
		for _, b := range []byte{0, 1, '*', '[', 0x20, 0x80, 0xff} {
			damaged := bytes.Clone(good)
			damaged[at] = b
			s := search{index: mustIndex(t, damaged), text: device, match: fnmatch.New(device)}
			s.descend()
			if s.nodes > maxNodes {
				t.Errorf("byte %d is %#x: %d nodes looked at", at, b, s.nodes)
			}
		}
	}
}

// TestIndexHostile wants an end to what a file can ask for.
func TestIndexHostile(t *testing.T) {
	number := func(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }
	file := func(root uint32, rest string) []byte {
		return []byte(number(indexMagic) + number(indexVersion<<16) + number(root) + rest)
	}
	const self = indexHeader | nodeChildren
	wide := strings.Repeat(number(self), '?'-'*'+1)
	var crowd []alias
	for i := range 2 * maxClaims {
		crowd = append(crowd, alias{"pci:*", fmt.Sprintf("m%d", i), i})
	}
	for _, test := range []struct {
		name string
		data []byte
		want int // modules
	}{
		{"a root nowhere", file(nodeOffset, ""), 0},
		{"no root", file(0, ""), 0},
		{"a node that is its own child", file(self, "**"+number(self)), 0},
		{"a node that is all its children", file(self, "*?"+wide), 0},
		{"the same with values", file(self|nodeValues, "**"+number(self|nodeValues)+number(1)+number(0)+"m\x00"), maxClaims},
		{"a prefix without end", file(indexHeader|nodePrefix, strings.Repeat("*", 2*maxPattern)), 0},
		{"a prefix that is too long", file(indexHeader|nodePrefix|nodeValues, strings.Repeat("*", maxPattern)+"\x00"+number(1)+number(0)+"m\x00"), 0},
		{"children from last to first", file(self, "?*"+wide), 0},
		{"children beyond the end", file(self, "\x00\xff"+wide), 0},
		{"more values than there are", file(indexHeader|nodePrefix|nodeValues, "*\x00"+number(1<<32-1)+number(0)+"m\x00"), 1},
		{"a name without end", file(indexHeader|nodePrefix|nodeValues, "*\x00"+number(1)+number(0)+"m"), 0},
		{"a name that is too long", file(indexHeader|nodePrefix|nodeValues, "*\x00"+number(1)+number(0)+strings.Repeat("m", maxName)+"\x00"), 0},
		{"a name of nothing", file(indexHeader|nodePrefix|nodeValues, "*\x00"+number(1)+number(0)+"\x00"), 0},
		{"more modules than a device has", writeIndex(crowd), maxClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := search{index: mustIndex(t, test.data), text: "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00", match: fnmatch.New("pci:v00008086d00001521sv00008086sd00000001bc02sc00i00")}
			s.descend()
			if s.found != test.want || s.nodes > maxNodes {
				t.Errorf("%d modules, %d nodes looked at; want %d and at most %d", s.found, s.nodes, test.want, maxNodes)
			}
		})
	}
}

// Whatever the file, a search ends and names modules.
func FuzzIndex(f *testing.F) {
	f.Add(writeIndex(handMade), "v00008086d00001521sv00008086sd00000001bc02sc00i00")
	f.Add(writeIndex([]alias{{"pci:[*]?", "a", 1}, {"pci:[!*]*", "b", 1}}), "x1")
	f.Add(writeIndex(nil), "")
	f.Fuzz(func(t *testing.T, data []byte, modalias string) {
		ix, err := newIndex(data)
		if modalias = busPrefix + modalias; err != nil || len(modalias) > fnmatch.MaxText {
			return
		}
		s := search{index: ix, text: modalias, match: fnmatch.New(modalias)}
		s.descend()
		if s.nodes > maxNodes {
			t.Fatalf("%d nodes", s.nodes)
		}
		for _, c := range s.claims[:s.found] {
			if n := len(c.module); n == 0 || n >= maxName || bytes.IndexByte(c.module, 0) >= 0 {
				t.Fatalf("module %q", c.module)
			}
		}
	})
}

// An index gives what the text gives that it was made of, with a priority for
// each line as for loadable modules, and with the same for all as for what is
// built in.
func FuzzIndexOfText(f *testing.F) {
	f.Add("alias pci:v00008086d00001521sv*sd*bc*sc*i* igb\nalias pci:v*d*sv*sd*bc02sc00i* any\n",
		"v00008086d00001521sv00008086sd00000001bc02sc00i00")
	f.Add("alias pci:a[b-d]? one\nalias pci:a* two\nalias pci:?c?* three\nalias pci:ac2 four\nalias pci:ac2 five", "ac2")
	f.Add("alias * a\nalias ** b\nalias p*c*i*: c", "")
	f.Fuzz(func(t *testing.T, text, modalias string) {
		modalias = busPrefix + modalias
		aliases := slices.Collect(parseAliases(text))
		if len(modalias) > fnmatch.MaxText || strings.ContainsAny(modalias, "*?[]\\-") || len(aliases) > maxClaims || len(text) > maxPattern {
			return
		}
		// An index has bytes of ASCII and ends its texts by a NUL; what '\'
		// means in it depends on whether a wildcard comes before.
		if strings.IndexFunc(text, func(r rune) bool { return r == 0 || r == '\\' || r > 0x7e }) >= 0 {
			return
		}
		if slices.ContainsFunc(aliases, func(a alias) bool { return len(a.module) >= maxName }) {
			return
		}
		for range 2 {
			got := mustIndex(t, writeIndex(aliases)).modules(modalias)
			want := newTable(slices.Values(aliases)).modules(modalias)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q: -text +index\n%s", modalias, diff)
			}
			for i := range aliases {
				aliases[i].priority = 0
			}
		}
	})
}
