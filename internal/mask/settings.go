package mask

import "strings"

// quotes are the characters that may surround words in a configuration file.
const quotes = "\"'`"

// Settings masks a configuration file of a boot loader, modprobe or a shell: each word as
// on a command line, and the whole of a line with a password. Kernels, devices and modules
// stay.
func (m *Mask) Settings(text, hostname string) string {
	var masked strings.Builder
	for line := range strings.Lines(text) {
		line, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		switch first := firstWord(line); {
		case strings.HasPrefix(first, "password"): // GRUB's password and password_pbkdf2, menu.lst's password --md5
			masked.WriteString(m.rest(line, first))
		case strings.EqualFold(first, "menu") && menuPassword(line): // SYSLINUX's menu passwd, menu master passwd
			at := strings.LastIndexAny(strings.TrimRight(line, " \t"), " \t") + 1
			masked.WriteString(line[:at] + m.scramble(line[at:]))
		case first == "search" && strings.Contains(line, "uuid"): // GRUB's search --fs-uuid 0A1B-2C3D
			at := strings.LastIndexAny(strings.TrimRight(line, " \t"), " \t") + 1
			masked.WriteString(line[:at] + m.Identifier(line[at:]))
		default:
			masked.WriteString(m.words(line, hostname))
		}
		masked.WriteString(end)
	}
	return masked.String()
}

// menuPassword reports whether a line of SYSLINUX's menu ends in a password.
func menuPassword(line string) bool {
	words := strings.Fields(strings.ToLower(line))
	return len(words) > 2 && words[len(words)-2] == "passwd"
}

// firstWord returns the first word of a line. It skips the '#' of a comment, which may
// contain real values.
func firstWord(line string) string {
	words := strings.Fields(strings.TrimLeft(line, "# \t"))
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// rest masks everything after the first word of a line, or after its '=', except options.
func (m *Mask) rest(line, first string) string {
	_, value, _ := strings.Cut(first, "=")
	at := strings.Index(line, first) + len(first) - len(value)
	words := strings.SplitAfter(line[at:], " ")
	for i, word := range words {
		if !strings.HasPrefix(word, "--") && !strings.HasPrefix(word, "['--") {
			words[i] = m.scramble(word)
		}
	}
	return line[:at] + strings.Join(words, "")
}

// words masks a line word by word, regardless of quotes. The value of a secret variable is
// masked up to its closing quote.
func (m *Mask) words(line, hostname string) string {
	var masked strings.Builder
	var quote byte // that ends a secret
	for line != "" {
		end := strings.IndexAny(line, " \t"+quotes)
		if end < 0 {
			end = len(line)
		}
		word := line[:end]
		name, value, assigned := strings.Cut(word, "=")
		switch {
		case quote != 0:
			masked.WriteString(m.scramble(word))
		case name == "Documentation": // of a unit: public
			masked.WriteString(word)
		case assigned:
			masked.WriteString(name + "=" + m.parameter(name, value, hostname))
		default:
			masked.WriteString(m.Text(word))
		}
		if end == len(line) {
			break
		}
		switch c := line[end]; {
		case quote == c:
			quote = 0
		case quote == 0 && assigned && value == "" && secret(name) && strings.IndexByte(quotes, c) >= 0:
			quote = c
		}
		masked.WriteByte(line[end])
		line = line[end+1:]
	}
	return masked.String()
}
