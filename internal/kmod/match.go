package kmod

// wildcards begin what is not literal in a pattern.
const wildcards = "*?["

func wild(c byte) bool { return c == '*' || c == '?' || c == '[' }

// maxModalias is the longest text that is looked up, in bytes, as a reach has a
// bit for each. That of a PCI device has 53, always (drivers/pci/pci-sysfs.c).
const maxModalias = 63

// glob matches one text with the patterns of aliases, as fnmatch(3) without
// flags does: '*' is any text, '?' any byte, [a-z] one of these, [!a-z] or
// [^a-z] none of these, and '\' takes its meaning from the next byte. Named
// classes such as [:digit:] do not occur in aliases and are not known; a set
// that is not closed matches nothing, which normalAlias has refused before.
//
// Patterns go by byte by byte, each in constant time, so that many which begin
// alike are left at the first byte that cannot be.
type glob struct {
	text  string
	where [256]uint64 // for each byte, the places in the text that have it
	all   uint64      // every place, that after the last byte too
}

// reach is how far a pattern can have got that was read to some byte.
type reach struct {
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

func newGlob(text string) glob {
	g := glob{text: text, all: 1<<(len(text)+1) - 1}
	for i := range len(text) {
		g.where[text[i]] |= 1 << i
	}
	return g
}

// start is the reach of a pattern that begins at one place.
func start(place int) reach { return reach{places: 1 << place} }

// match says whether the pattern matches the text as a whole.
func (g *glob) match(pattern string) bool {
	r := start(0)
	for i := range len(pattern) {
		if r = g.step(r, pattern[i]); r.places == 0 {
			return false
		}
	}
	return g.ends(r)
}

// ends says whether a pattern matches that ends here.
func (g *glob) ends(r reach) bool {
	return r.in == outside && !r.quoted && r.places>>len(g.text) == 1
}

// step is the reach when c is the next byte; without places there is no hope.
func (g *glob) step(r reach, c byte) reach {
	quoted := r.quoted
	r.quoted = c == '\\' && !quoted
	switch {
	case r.quoted:
	case r.in != outside:
		return g.stepSet(r, c, quoted)
	case quoted || !wild(c):
		r.places = (r.places & g.where[c]) << 1
	case c == '*':
		r.places = g.all &^ (r.places&-r.places - 1)
	case c == '?':
		r.places = r.places << 1 & g.all
	default:
		r.in, r.negated, r.members = opened, false, 0
	}
	return r
}

// stepSet is step between '[' and ']'.
func (g *glob) stepSet(r reach, c byte, quoted bool) reach {
	switch {
	case r.in == opened && !quoted && (c == '!' || c == '^'):
		r.in, r.negated = first, true
	case r.in > first && !quoted && c == ']':
		if r.in == dash {
			r.members |= g.where['-']
		}
		if r.negated {
			r.members = ^r.members
		}
		return reach{places: (r.places & r.members) << 1 & g.all}
	case r.in == dash:
		for b := int(r.low); b <= int(c); b++ {
			r.members |= g.where[b]
		}
		r.in = ranged
	case r.in == single && !quoted && c == '-':
		r.in = dash
	default:
		r.in, r.low = single, c
		r.members |= g.where[c]
	}
	return r
}
