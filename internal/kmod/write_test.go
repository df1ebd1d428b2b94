package kmod

import (
	"encoding/binary"
	"slices"
	"testing"
)

// writeIndex makes an index as depmod does: children before their parents, and
// of equal priorities the last comes first.
func writeIndex(aliases []alias) []byte {
	values := map[string][]alias{}
	var patterns []string
	for _, a := range slices.Backward(aliases) {
		if _, known := values[a.pattern]; !known {
			patterns = append(patterns, a.pattern)
		}
		values[a.pattern] = append(values[a.pattern], a)
	}
	slices.Sort(patterns)
	w := indexWriter{file: make([]byte, indexHeader), values: values}
	root := w.node(patterns, 0)
	header := binary.BigEndian.AppendUint32(nil, indexMagic)
	header = binary.BigEndian.AppendUint32(header, indexVersion<<16|1)
	copy(w.file, binary.BigEndian.AppendUint32(header, root))
	return w.file
}

type indexWriter struct {
	file   []byte
	values map[string][]alias
}

// node writes the node of sorted patterns that are the same up to from.
func (w *indexWriter) node(patterns []string, from int) (reference uint32) {
	if len(patterns) == 0 {
		return 0
	}
	pattern, last, at := patterns[0], patterns[len(patterns)-1], from
	for at < len(pattern) && at < len(last) && pattern[at] == last[at] {
		at++
	}
	rest := patterns
	if at == len(pattern) {
		rest = patterns[1:]
	}
	var references []uint32
	for len(rest) > 0 {
		c := rest[0][at]
		end := slices.IndexFunc(rest, func(p string) bool { return p[at] != c })
		if end < 0 {
			end = len(rest)
		}
		references = append(references, make([]uint32, int(c-firstByte(patterns, at))-len(references))...)
		references = append(references, w.node(rest[:end], at+1))
		rest = rest[end:]
	}
	reference = uint32(len(w.file))
	if at > from {
		reference |= nodePrefix
		w.file = append(append(w.file, pattern[from:at]...), 0)
	}
	if len(references) > 0 {
		reference |= nodeChildren
		first := firstByte(patterns, at)
		w.file = append(w.file, first, first+byte(len(references)-1))
		for _, r := range references {
			w.file = binary.BigEndian.AppendUint32(w.file, r)
		}
	}
	if at == len(pattern) {
		reference |= nodeValues
		claims := slices.Clone(w.values[pattern])
		slices.SortStableFunc(claims, func(a, b alias) int { return a.priority - b.priority })
		w.file = binary.BigEndian.AppendUint32(w.file, uint32(len(claims)))
		for _, a := range claims {
			w.file = binary.BigEndian.AppendUint32(w.file, uint32(a.priority))
			w.file = append(append(w.file, a.module...), 0)
		}
	}
	return reference
}

// firstByte is the first that patterns have at a place.
func firstByte(patterns []string, at int) byte {
	for _, p := range patterns {
		if at < len(p) {
			return p[at]
		}
	}
	return 0
}

func mustIndex(t *testing.T, data []byte) *index {
	t.Helper()
	ix, err := newIndex(data)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}
