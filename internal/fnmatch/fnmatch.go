// Package fnmatch matches texts with patterns like fnmatch(3) without flags: '*'
// matches any text, '?' any byte, [a-z] a byte in the set, [!a-z] or [^a-z] a byte not
// in the set, and '\' quotes the next byte. kmod uses this to find the lines for a
// module and the module for a device.
//
// Named classes such as [:digit:] are not supported, because no known configuration
// has them. A set that is not closed matches nothing.
package fnmatch

import "strings"

// Wildcards are the bytes that begin a wildcard in a pattern. '\' is special too, but
// not a wildcard.
const Wildcards = "*?["

// Wild reports whether c is one of Wildcards.
func Wild(c byte) bool { return c == '*' || c == '?' || c == '[' }

// Special reports whether a pattern may match other texts than itself.
func Special(pattern string) bool { return strings.ContainsAny(pattern, Wildcards+`\`) }

// MaxText is the length of the longest text that can be matched, in bytes: a Reach has
// a bit for each place.
const MaxText = 63

// Match reports whether a pattern matches a whole text. A text that is longer than
// MaxText is matched only by an equal pattern.
func Match(pattern, text string) bool {
	if !Special(pattern) || len(text) > MaxText {
		return pattern == text
	}
	t := New(text)
	return t.Match(pattern)
}

// Text is a text that is matched with many patterns. A pattern is read byte by byte,
// each byte in constant time, so that patterns with a common prefix can be abandoned
// together at the first byte that cannot match.
type Text struct {
	text  string
	where [256]uint64 // for each byte, its places in the text
	all   uint64      // all places, including the one after the last byte
}

// Reach is the state of matching after a prefix of a pattern: the places in the text
// at which the prefix can end.
type Reach struct {
	places uint64 // a bit for each place at which the rest of the pattern may begin
	quoted bool   // after a '\'

	in      part
	negated bool
	members uint64 // places whose bytes are in the part of the set that was read
	low     byte   // the possible beginning of a range
}

// part is the position within a set.
type part uint8

const (
	outside part = iota
	opened       // after '['
	first        // after "[!"
	single       // after a byte that may begin a range
	dash         // after the '-' of a range
	ranged       // after a range
)

// New prepares a text, of at most MaxText bytes.
func New(text string) Text {
	t := Text{text: text, all: 1<<(len(text)+1) - 1}
	for i := range len(text) {
		t.where[text[i]] |= 1 << i
	}
	return t
}

// Start returns the reach of a pattern that begins at a place in the text.
func Start(place int) Reach { return Reach{places: 1 << place} }

// Lost reports whether the pattern cannot match, whatever follows.
func (r Reach) Lost() bool { return r.places == 0 }

// Match reports whether the pattern matches the whole text.
func (t *Text) Match(pattern string) bool {
	r := Start(0)
	for i := range len(pattern) {
		if r = t.Step(r, pattern[i]); r.Lost() {
			return false
		}
	}
	return t.Ends(r)
}

// Ends reports whether a pattern that ends with reach r matches.
func (t *Text) Ends(r Reach) bool {
	return r.in == outside && !r.quoted && r.places>>len(t.text) == 1
}

// Step returns the reach after c, the next byte of the pattern.
func (t *Text) Step(r Reach, c byte) Reach {
	quoted := r.quoted
	r.quoted = c == '\\' && !quoted
	switch {
	case r.quoted:
	case r.in != outside:
		return t.stepSet(r, c, quoted)
	case quoted || !Wild(c):
		r.places = (r.places & t.where[c]) << 1
	case c == '*':
		r.places = t.all &^ (r.places&-r.places - 1)
	case c == '?':
		r.places = r.places << 1 & t.all
	default:
		r.in, r.negated, r.members = opened, false, 0
	}
	return r
}

// stepSet is Step between '[' and ']'.
func (t *Text) stepSet(r Reach, c byte, quoted bool) Reach {
	switch {
	case r.in == opened && !quoted && (c == '!' || c == '^'):
		r.in, r.negated = first, true
	case r.in > first && !quoted && c == ']':
		if r.in == dash {
			r.members |= t.where['-']
		}
		if r.negated {
			r.members = ^r.members
		}
		return Reach{places: (r.places & r.members) << 1 & t.all}
	case r.in == dash:
		for b := int(r.low); b <= int(c); b++ {
			r.members |= t.where[b]
		}
		r.in = ranged
	case r.in == single && !quoted && c == '-':
		r.in = dash
	default:
		r.in, r.low = single, c
		r.members |= t.where[c]
	}
	return r
}
