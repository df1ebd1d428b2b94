package mask

import "strings"

// secretWords are what the names of parameters have in them whose value is
// nobody's business.
func secretWords() []string {
	return []string{"pass", "secret", "token", "credential", "psk", "luks.key"}
}

// CommandLine masks /proc/cmdline: addresses, UUIDs and serial numbers, the
// machine's own name, and all of a value that names a user or is a secret.
func (m *Mask) CommandLine(text, hostname string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case value == "":
			words[i] = m.AddressText(word)
		case secret(name):
			words[i] = name + "=" + m.scramble(value)
		case name == "netroot", name == "nfsroot", strings.HasPrefix(name, "rd.iscsi."), strings.HasPrefix(name, "iscsi"):
			words[i] = name + "=" + m.remote(value)
		default:
			words[i] = m.AddressText(m.Host(word, hostname))
		}
	}
	return strings.Join(words, " ")
}

func secret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range secretWords() {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// remote masks where a root file system on the network is, which may have a
// user, a password and a host's name anywhere: only the protocol stays.
func (m *Mask) remote(value string) string {
	protocol, rest, ok := strings.Cut(value, ":")
	if !ok {
		return m.scramble(value)
	}
	return protocol + ":" + m.scramble(rest)
}

// Host masks the machine's own name where it stands alone, not where it is a
// part of another name: a volume group may be called after the host.
func (m *Mask) Host(text, hostname string) string {
	if hostname == "" {
		return text
	}
	var masked strings.Builder
	for {
		at := strings.Index(text, hostname)
		if at < 0 {
			break
		}
		end := at + len(hostname)
		alone := (at == 0 || !partOfName(text[at-1])) && (end == len(text) || !partOfName(text[end]))
		masked.WriteString(text[:at])
		if alone {
			masked.WriteString(m.Name("host", hostname))
		} else {
			masked.WriteString(hostname)
		}
		text = text[end:]
	}
	return masked.String() + text
}

func partOfName(c byte) bool {
	return letter(rune(c)) || digit(rune(c)) || c == '-' || c == '_'
}
