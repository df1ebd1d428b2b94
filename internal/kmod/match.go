package kmod

// match says whether the pattern of an alias matches s as a whole, as
// fnmatch(3) without flags does: '*' is any text, '?' any byte, [a-z] one of
// these, [!a-z] or [^a-z] none of these, and '\' takes its meaning from the
// next byte. Named classes such as [:digit:] do not occur in aliases and are
// not known.
//
// It takes time in proportion to the product of both lengths at worst.
func match(pattern, s string) bool {
	star, mark := -1, 0 // where to go on when what follows the last '*' fails
	p, i := 0, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, i
			p++
			continue
		}
		if next, ok := matchByte(pattern, p, s[i]); ok {
			p, i = next, i+1
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchByte matches one byte with the element of the pattern at p, and returns
// where the next element begins.
func matchByte(pattern string, p int, c byte) (next int, ok bool) {
	if p >= len(pattern) {
		return p, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		if next, ok, closed := matchSet(pattern, p+1, c); closed {
			return next, ok
		}
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == c
}

// matchSet matches c with the set whose first byte is at p. closed is false
// where the ']' is missing; '[' stands for itself then.
func matchSet(pattern string, p int, c byte) (next int, ok, closed bool) {
	negated := false
	if p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^') {
		negated = true
		p++
	}
	for first := true; p < len(pattern); first = false {
		if pattern[p] == ']' && !first {
			return p + 1, ok != negated, true
		}
		low, after := setByte(pattern, p)
		high := low
		if after+1 < len(pattern) && pattern[after] == '-' && pattern[after+1] != ']' {
			high, after = setByte(pattern, after+1)
		}
		ok = ok || low <= c && c <= high
		p = after
	}
	return p, false, false
}

// setByte is the byte of a set at p, and where the next one is.
func setByte(pattern string, p int) (byte, int) {
	if pattern[p] == '\\' && p+1 < len(pattern) {
		p++
	}
	return pattern[p], p + 1
}
