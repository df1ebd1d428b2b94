package mask

import (
	"encoding/hex"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// minLearned is the length of the shortest serial number that is searched for in other
// texts. A shorter one would be found in unrelated texts.
const minLearned = 6

// minDigits is the same for a serial number of digits only.
const minDigits = 12

// LearnSerial learns a serial number, or a name derived from one, "naa.6001...".
func (m *Mask) LearnSerial(value string) {
	value = strings.TrimSpace(value)
	if _, tail := cutType(value); m.Serial(value) != value && telling(tail) {
		m.learn(tail, m.scramble(tail))
	}
}

// telling reports whether a text is distinctive enough to mean the same wherever it
// appears.
func telling(value string) bool {
	digits := strings.ContainsAny(value, "0123456789")
	letters := strings.IndexFunc(value, letter) >= 0
	return digits && (letters && len(value) >= minLearned || len(value) >= minDigits)
}

// LearnMAC learns a MAC address, "52:54:00:12:34:56", to find it without colons in the
// name of an interface or a bridge.
func (m *Mask) LearnMAC(value string) {
	value = strings.TrimSpace(value)
	if masked := m.mac(value); masked != value {
		m.learn(strings.ReplaceAll(value, ":", ""), strings.ReplaceAll(masked, ":", ""))
	}
}

// Serial masks a value that is or contains a serial number. It keeps the length, blanks
// and punctuation, and the type: "eui.", "naa.", "t10.", "nvme.". The serial number of a
// USB host controller is a PCI address, which stays too.
func (m *Mask) Serial(value string) string {
	core := strings.TrimSpace(value)
	if _, address := pci.ParseName(core); address || strings.Trim(core, "0xX-:. ") == "" {
		return value
	}
	kind, tail := cutType(core)
	return strings.Replace(value, core, kind+m.scramble(tail), 1)
}

// cutType cuts a worldwide name into its type and the rest.
func cutType(name string) (kind, rest string) {
	for _, kind := range [...]string{"eui.", "naa.", "t10.", "nvme.", "uuid.", "iqn.", "nqn."} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			return kind, rest
		}
	}
	return "", name
}

// scramble replaces each digit by a digit and each letter by a letter. The result always
// differs from text.
func (m *Mask) scramble(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return letter(r) || digit(r) }) < 0 {
		return text
	}
	letters := uint8('z' - 'a' + 1)
	if strings.IndexFunc(text, func(r rune) bool { return letter(r) && !hexDigit(r) }) < 0 {
		letters = 'f' - 'a' + 1
	}
	seed := text
	for {
		var random []byte
		masked := []byte(text)
		for i, c := range masked {
			if len(random) == 0 {
				random = m.random("serial", seed)
				seed = string(random)
			}
			r := random[0]
			switch {
			case c >= '0' && c <= '9':
				masked[i] = '0' + r%10
			case c >= 'a' && c <= 'z':
				masked[i] = 'a' + r%letters
			case c >= 'A' && c <= 'Z':
				masked[i] = 'A' + r%letters
			default:
				continue
			}
			random = random[1:]
		}
		if string(masked) != text {
			return string(masked)
		}
	}
}

func digit(r rune) bool    { return r >= '0' && r <= '9' }
func letter(r rune) bool   { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func hexDigit(r rune) bool { return digit(r) || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F' }

// Digits of a MAC address, and of the longest link-layer address, InfiniBand's.
const (
	macDigits = 12
	maxDigits = 40
)

// mac masks a MAC address, or a longer link-layer address, with any separator or none.
// The result is a locally administered address. All zeros, the broadcast address and the
// common address of Xen's backends stay.
func (m *Mask) mac(text string) string {
	plain := bare(text)
	switch {
	case len(plain) < macDigits || len(plain) > maxDigits:
		return text
	case strings.Trim(plain, "0") == "", strings.Trim(plain, "f") == "", plain == "feffffffffff":
		return text
	}
	masked := []byte(m.digits("mac", plain))
	copy(masked, "02")
	if string(masked) == plain {
		masked[2] ^= 1 // still a hexadecimal digit
	}
	return inForm(string(masked), text)
}

// uuid masks a UUID with dashes, with colons or without separators. Different forms of
// one UUID become forms of one new UUID. Its version stays, and so does a UUID of zeros.
func (m *Mask) uuid(text string) string {
	plain := bare(text)
	if strings.Trim(plain, "0") == "" || strings.Trim(plain, "f") == "" {
		return text
	}
	masked := []byte(m.digits("uuid", plain))
	const version = 12 // RFC 9562, section 4.2
	if len(plain) > version {
		masked[version] = plain[version]
	}
	return inForm(string(masked), text)
}

// digits returns as many hexadecimal digits as value has.
func (m *Mask) digits(kind, value string) string {
	return hex.EncodeToString(m.random(kind, value))[:len(value)]
}

// bare returns the hexadecimal digits of a text, in lower case.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if hexDigit(r) {
			return r
		}
		return -1
	}, strings.ToLower(text))
}

// inForm replaces the digits of form by digits.
func inForm(digits, form string) string {
	upper := strings.ToUpper(form) == form && strings.ToLower(form) != form
	if upper {
		digits = strings.ToUpper(digits)
	}
	at := 0
	return strings.Map(func(r rune) rune {
		if !hexDigit(r) {
			return r
		}
		at++
		return rune(digits[at-1])
	}, form)
}

// nameDigits is the number of digits in the names that Name returns.
const nameDigits = 6

// Name replaces the name of a person or a host by another one, "host-3f2a9c". An empty
// name stays.
func (m *Mask) Name(kind, name string) string {
	if name == "" {
		return ""
	}
	return kind + "-" + hex.EncodeToString(m.random(kind, name))[:nameDigits]
}
