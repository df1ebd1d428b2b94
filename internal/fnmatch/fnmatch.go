// Package fnmatch matches texts with patterns as fnmatch(3) without flags does: '*'
// is any text, '?' any byte, [a-z] one of these, [!a-z] or [^a-z] none of these, and
// a '\' removes the meaning of the next byte. By that kmod finds the lines for a
// module, and the module for a device.
//
// Named classes such as [:digit:] are not known: no configuration was seen to have
// them. A set that is not closed matches nothing.
package fnmatch

import "strings"

// Wildcards begin what is not literal in a pattern. A '\' is not literal either.
const Wildcards = "*?["

// Wild reports whether c is one of Wildcards.
func Wild(c byte) bool { return c == '*' || c == '?' || c == '[' }

// Special reports whether a pattern may match something else than itself.
func Special(pattern string) bool { return strings.ContainsAny(pattern, Wildcards+`\`) }

// MaxText is the length of the longest text that can be matched, in bytes, since a
// Reach has a bit for each.
const MaxText = 63

// Match reports whether a pattern matches a text as a whole. One that is longer than
// MaxText matches only itself.
func Match(pattern, text string) bool {
	if !Special(pattern) || len(text) > MaxText {
		return pattern == text
	}
	t := New(text)
	return t.Match(pattern)
}

// Text is a text that is matched with many patterns. They are read byte by byte, each
// in constant time, so that a set of patterns that begin alike is left at the first
// byte that cannot match.
type Text struct {
	text  string
	where [256]uint64 // for each byte, the places in the text that have it
	all   uint64      // every place, with that after the last byte
}

// Reach is how far in the text a pattern can have come that was read up to some byte.
type Reach struct {
	places uint64 // a bit for each place in the text that what follows may begin at
	quoted bool   // after a '\'

	in      part
	negated bool
	members uint64 // places whose bytes are in the set, as far as it was read
	low     byte   // what a range may begin with
}

// part is where in a set the pattern is.
type part uint8

const (
	outside part = iota
	opened       // after '['
	first        // after "[!"
	single       // after a byte that a range may begin with
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

// Start returns the reach of a pattern that begins at one place of the text.
func Start(place int) Reach { return Reach{places: 1 << place} }

// Lost reports whether nothing that follows can make the pattern match.
func (r Reach) Lost() bool { return r.places == 0 }

// Match reports whether the pattern matches the text as a whole.
func (t *Text) Match(pattern string) bool {
	r := Start(0)
	for i := range len(pattern) {
		if r = t.Step(r, pattern[i]); r.Lost() {
			return false
		}
	}
	return t.Ends(r)
}

// Ends reports whether a pattern matches that ends here.
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
