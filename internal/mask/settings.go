package mask

import "strings"

// quotes are what words of a configuration file stand between.
const quotes = "\"'`"

// Settings masks the text of a configuration file, of boot loaders, modprobe and
// shells: each word as on a command line, and all of a line that is a password.
// Kernels, devices and modules stay.
func (m *Mask) Settings(text, hostname string) string {
	var masked strings.Builder
	for line := range strings.Lines(text) {
		line, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		switch first := firstWord(line); {
		case strings.HasPrefix(first, "password"): // GRUB's password and password_pbkdf2, menu.lst's password --md5
			masked.WriteString(m.rest(line, first))
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

// firstWord is the first word of a line, which may be behind a comment's '#': an
// example there may be a real one.
func firstWord(line string) string {
	words := strings.Fields(strings.TrimLeft(line, "# \t"))
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// rest masks all that stands behind a line's first word, or behind its '=', but
// for options.
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

// words masks a line word by word, wherever quotes begin and end. What is
// assigned to a secret's name is masked up to the quote at its end.
func (m *Mask) words(line, hostname string) string {
	var masked strings.Builder
	var quote byte // of a secret
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
		case name == "Documentation": // of a unit: everybody's
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
