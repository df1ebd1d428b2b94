package pciback

import "strings"

// scanHex is as much of the kernel's sscanf (vsscanf in lib/vsprintf.c) as is needed:
// '%' is "%x", and a blank matches any white space or none. count is how many numbers
// were read; parsed is how many bytes the whole format matched, or 0.
func scanHex(s, format string) (n [4]uint32, count, parsed int) {
	i := 0
	for f := range len(format) {
		switch c := format[f]; {
		case c == ' ':
			i = skipSpaces(s, i)
		case c != '%':
			if i == len(s) || s[i] != c {
				return n, count, 0
			}
			i++
		default:
			i = skipSpaces(s, i) // as all integers do
			value, length := leadingHex(s[i:])
			if length == 0 {
				return n, count, 0
			}
			n[count] = value
			count++
			i += length
		}
	}
	return n, count, i
}

// leadingHex reads a number as simple_strtoull does: with or without "0x", and without
// the upper bits of one that is too large.
func leadingHex(s string) (value uint32, length int) {
	if len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		length = 2
	}
	for ; length < len(s); length++ {
		digit := strings.IndexByte("0123456789abcdef", lower(s[length]))
		if digit < 0 {
			break
		}
		value = value<<4 | uint32(digit)
	}
	return value, length
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// skipSpaces skips what isspace of lib/ctype.c is true of.
func skipSpaces(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] >= '\t' && s[i] <= '\r' || s[i] == 0xa0) {
		i++
	}
	return i
}
