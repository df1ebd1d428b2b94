package pci

// hex reads one hexadecimal digit or more, at most as many as given and 8, and
// nothing else: no sign, no 0x.
func hex(s string, most int) (n uint32, ok bool) {
	if s == "" || len(s) > most || len(s) > 8 {
		return 0, false
	}
	for i := range len(s) {
		digit := hexValues[s[i]]
		if digit == 0 {
			return 0, false
		}
		n = n<<4 | digit&^isHex
	}
	return n, true
}

// cutHex reads a number of exactly two or four digits.
func cutHex(text []byte, digits int) (n uint16, rest []byte, ok bool) {
	if digits == 2 {
		return cutHex2(text)
	}
	return cutHex4(text)
}

func cutHex2(text []byte) (n uint16, rest []byte, ok bool) {
	if len(text) < 2 {
		return 0, nil, false
	}
	all := hexValues[text[0]]<<4 | hexValues[text[1]]
	return uint16(all), text[2:], all>>16 == 0x11
}

func cutHex4(text []byte) (n uint16, rest []byte, ok bool) {
	if len(text) < 4 {
		return 0, nil, false
	}
	all := hexValues[text[0]]<<12 | hexValues[text[1]]<<8 | hexValues[text[2]]<<4 | hexValues[text[3]]
	return uint16(all), text[4:], all>>16 == 0x1111
}

// hexValues has the value of each hexadecimal digit, with isHex; all other bytes
// are 0. When up to four values are shifted into one number, the isHex of each
// comes to stand in a digit of its upper half.
var hexValues = [256]uint32{
	'0': isHex, '1': isHex | 1, '2': isHex | 2, '3': isHex | 3, '4': isHex | 4,
	'5': isHex | 5, '6': isHex | 6, '7': isHex | 7, '8': isHex | 8, '9': isHex | 9,
	'a': isHex | 10, 'b': isHex | 11, 'c': isHex | 12, 'd': isHex | 13, 'e': isHex | 14, 'f': isHex | 15,
	'A': isHex | 10, 'B': isHex | 11, 'C': isHex | 12, 'D': isHex | 13, 'E': isHex | 14, 'F': isHex | 15,
}

const isHex = 1 << 16
