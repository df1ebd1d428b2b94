package kmod

import (
	"encoding/binary"

	"github.com/xenpci/xenpci/internal/fnmatch"
)

// search is one walk through an index, in the order in which libkmod goes: that
// decides between modules of the same priority.
type search struct {
	*index
	text   string
	match  fnmatch.Text // of text
	nodes  int          // looked at so far
	claims [maxClaims]claim
	found  int
}

// claim is one module that claims the device.
type claim struct {
	priority uint32
	module   []byte
}

// descend follows the device's own bytes, and looks at each node into what
// begins with a wildcard there.
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

// spread looks at all patterns below n that can still match: prefix is what
// is left of n's own.
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

// enter goes on with one child, which is there for the byte c.
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

// take takes the modules of a pattern that matches. Of two with the same
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
