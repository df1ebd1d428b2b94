package kmod

import (
	"encoding/binary"

	"github.com/xenpci/xenpci/internal/fnmatch"
)

// search is one search in an index. It visits nodes in the order of libkmod, which
// decides between modules of the same priority.
type search struct {
	*index
	text   string
	match  fnmatch.Text // text, prepared for matching
	nodes  int          // visited so far
	claims [maxClaims]claim
	found  int
}

// claim is one module that claims the device.
type claim struct {
	priority uint32
	module   []byte
}

// descend follows the bytes of the modalias, and at each node searches the patterns
// that continue with a wildcard.
func (s *search) descend() {
	reference, at := s.root, 0
	for {
		n, ok := s.look(reference)
		if !ok {
			return
		}
		for i, c := range n.prefix {
			if fnmatch.Wild(c) {
				s.spread(n, n.prefix[i:], fnmatch.Start(at), 0)
				return
			}
			if at == len(s.text) || c != s.text[at] {
				return
			}
			at++
		}
		for _, c := range []byte(fnmatch.Wildcards) {
			s.enter(n.child(c), c, fnmatch.Start(at), 0)
		}
		if at == len(s.text) {
			s.take(n)
			return
		}
		reference = n.child(s.text[at])
		at++
	}
}

// spread searches all patterns below n that can still match. prefix is the rest of
// n's prefix.
func (s *search) spread(n node, prefix []byte, r fnmatch.Reach, depth int) {
	for _, c := range prefix {
		if r = s.match.Step(r, c); r.Lost() {
			return
		}
	}
	for c := range len(n.children) / 4 {
		s.enter(binary.BigEndian.Uint32(n.children[4*c:]), n.first+byte(c), r, depth)
	}
	if n.count > 0 && s.match.Ends(r) {
		s.take(n)
	}
}

// enter searches one child, which the byte c leads to.
func (s *search) enter(reference uint32, c byte, r fnmatch.Reach, depth int) {
	if reference == 0 || depth == maxPattern {
		return
	}
	if r = s.match.Step(r, c); r.Lost() {
		return
	}
	if n, ok := s.look(reference); ok {
		s.spread(n, n.prefix, r, depth+1)
	}
}

func (s *search) look(reference uint32) (node, bool) {
	if s.nodes == maxNodes || s.found == maxClaims {
		return node{}, false
	}
	s.nodes++
	return s.node(reference)
}

// take adds the modules of a matching pattern. Of two modules with the same
// priority, as all built-in ones have, the one found later comes first.
func (s *search) take(n node) {
	rest := n.values
	for range n.count {
		if len(rest) < 4 || s.found == maxClaims {
			return
		}
		priority := binary.BigEndian.Uint32(rest)
		module, after, ok := cutString(rest[4:], maxName)
		if !ok || len(module) == 0 {
			return
		}
		rest = after
		at := 0
		for at < s.found && s.claims[at].priority < priority {
			at++
		}
		copy(s.claims[at+1:], s.claims[at:s.found])
		s.claims[at] = claim{priority, module}
		s.found++
	}
}
