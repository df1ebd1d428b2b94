package fakekernel

// scan is the kernel's sscanf (lib/vsprintf.c) as far as pciback uses it: a format of
// blanks, literal bytes, %x and %n. It returns the numbers that were read, truncated to the
// kernel's 32-bit int, and the position that %n stored; 0 if %n was not reached.
//
// %x skips blanks, accepts an optional 0x, and reads the prefix alone as 0.
func scan(s, format string) (numbers []int32, parsed int) {
	at := 0
	for f := 0; f < len(format); f++ {
		switch {
		case format[f] == ' ':
			at = skipBlanks(s, at)
		case format[f] != '%':
			if at == len(s) || s[at] != format[f] {
				return numbers, parsed
			}
			at++
		case format[f+1] == 'n':
			parsed = at
			f++
		default:
			at = skipBlanks(s, at)
			number, end := scanHex(s, at)
			if end == at {
				return numbers, parsed
			}
			numbers, at = append(numbers, number), end
			f++
		}
	}
	return numbers, parsed
}

// skipBlanks skips white space according to the kernel's isspace, which includes the
// non-breaking space of Latin-1.
func skipBlanks(s string, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] >= '\t' && s[at] <= '\r' || s[at] == 0xa0) {
		at++
	}
	return at
}

func scanHex(s string, at int) (number int32, end int) {
	if at == len(s) || hexDigit(s[at]) < 0 {
		return 0, at
	}
	if s[at] == '0' && at+1 < len(s) && s[at+1]|0x20 == 'x' {
		at += 2
	}
	var sum uint64
	for ; at < len(s) && hexDigit(s[at]) >= 0; at++ {
		sum = sum*16 + uint64(hexDigit(s[at]))
	}
	return int32(uint32(sum)), at
}

func hexDigit(c byte) int {
	switch lower := c | 0x20; {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case lower >= 'a' && lower <= 'f':
		return int(lower-'a') + 10
	}
	return -1
}
