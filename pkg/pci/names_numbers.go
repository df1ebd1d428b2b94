package pci

import "slices"

// numbers is a set of numbers. Adding is quick when each number is larger than
// all before it, as in a pci.ids that is sorted; only then is no search needed.
type numbers struct {
	all     []uint64 // in the order in which they were added
	largest uint64

	index   map[uint64]struct{} // the first ones of all, since a search among many
	indexed int                 // so many
}

// fewNumbers are searched one by one.
const fewNumbers = 64

// add reports whether the number was not in the set.
func (s *numbers) add(n uint64) bool {
	if n > s.largest {
		s.largest = n
		s.all = append(s.all, n)
		return true
	}
	return s.addSmaller(n)
}

// addSmaller is a function of its own, and not inlined, so that the compiler
// inlines add: that is called for each line.
//
//go:noinline
func (s *numbers) addSmaller(n uint64) bool {
	if s.has(n) {
		return false
	}
	s.all = append(s.all, n)
	return true
}

// has reports whether the number is in the set.
func (s *numbers) has(n uint64) bool {
	if len(s.all) <= fewNumbers {
		return slices.Contains(s.all, n)
	}
	if s.index == nil {
		s.index = make(map[uint64]struct{}, len(s.all))
	}
	for _, added := range s.all[s.indexed:] {
		s.index[added] = struct{}{}
	}
	s.indexed = len(s.all)
	_, found := s.index[n]
	return found
}

// clear empties the set and keeps its memory.
func (s *numbers) clear() {
	s.all, s.largest, s.index, s.indexed = s.all[:0], 0, nil, 0
}
