package modprobe

import "strings"

// matches says whether a pattern matches a name, as fnmatch(3) without flags
// does, by which kmod finds the softdep and install lines of a module. Named
// classes such as [:digit:] are not known: no configuration was seen to have
// them.
func matches(pattern, name string) bool {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return pattern == name
	}
	again, from := -1, 0 // what follows the last '*', and the place in name that it was tried at
	p, n := 0, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			again, from = p, n
			continue
		}
		if next, ok := matchByte(pattern, p, name[n]); ok {
			p, n = next, n+1
			continue
		}
		if again < 0 {
			return false
		}
		from++
		p, n = again, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchByte matches one byte with what stands at p in the pattern, and returns
// where the rest of the pattern begins.
func matchByte(pattern string, p int, c byte) (next int, ok bool) {
	if p >= len(pattern) {
		return 0, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '\\':
		if p+1 < len(pattern) {
			return p + 2, pattern[p+1] == c
		}
		return 0, false
	case '[':
		if next, in := matchSet(pattern, p+1, c); next > 0 {
			return next, in
		}
	}
	return p + 1, pattern[p] == c
}

// matchSet looks for c in the set that begins at p. next is 0 where the set has
// no end, and '[' means itself then.
func matchSet(pattern string, p int, c byte) (next int, in bool) {
	negated := p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^')
	if negated {
		p++
	}
	for first := true; p < len(pattern); first = false {
		low := pattern[p]
		if low == ']' && !first {
			return p + 1, in != negated
		}
		if low == '\\' && p+1 < len(pattern) {
			p++
			low = pattern[p]
		}
		high := low
		if p+2 < len(pattern) && pattern[p+1] == '-' && pattern[p+2] != ']' {
			p += 2
			high = pattern[p]
		}
		in = in || low <= c && c <= high
		p++
	}
	return 0, false
}
