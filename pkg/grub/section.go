package grub

import (
	"path"
	"slices"
	"strings"
)

// section is the part of a grub.cfg that one script wrote.
type section struct {
	script     string // its path
	start, end int    // in bytes
}

// sections returns the parts that grub-mkconfig has marked, in their order.
func sections(data []byte) (all []section) {
	text := string(data)
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		next := min(at+len(line)+1, len(text))
		script, begins := marked(line, "### BEGIN ")
		_, ends := marked(line, "### END ")
		if n := len(all); n > 0 && all[n-1].end < 0 && (begins || ends) {
			all[n-1].end = at
		}
		if begins {
			all = append(all, section{script: script, start: next, end: -1})
		}
		at = next
	}
	if n := len(all); n > 0 && all[n-1].end < 0 {
		all[n-1].end = len(text)
	}
	return all
}

// marked reads "### BEGIN /etc/grub.d/20_linux_xen ###".
func marked(line, begin string) (script string, ok bool) {
	script, ok = strings.CutPrefix(strings.TrimRight(line, " \t\r"), begin)
	script, closed := strings.CutSuffix(script, " ###")
	return script, ok && closed && strings.HasPrefix(script, "/")
}

// attribute notes which script wrote each entry.
func attribute(menu []Entry, parts []section) {
	for i := range menu {
		for _, s := range parts {
			if s.start <= menu[i].Start && menu[i].Start < s.end {
				menu[i].Script = s.script
			}
		}
		attribute(menu[i].Entries, parts)
	}
}

// Generator is a script that grub-mkconfig runs: one of /etc/grub.d.
type Generator struct{ name, text string }

// ParseGenerator reads the script of this path.
func ParseGenerator(name string, data []byte) Generator { return Generator{name, string(data)} }

// FromSettings reports whether the script makes entries with Xen from the settings, as
// 20_linux_xen does, which some systems have under another number.
func (g Generator) FromSettings() bool {
	return strings.Contains(path.Base(g.name), "linux_xen") || strings.Contains(g.text, XenReplaceDefault)
}

// MayWrite reports whether the script may write a word. One that only prints a text of its
// own, as 40_custom does, has to have the word, in any quotes; what any other script prints
// is not known.
func (g Generator) MayWrite(word string) bool {
	if !g.verbatim() || strings.Contains(g.text, "hide=$") {
		return true
	}
	unquoted := strings.NewReplacer("'", "", `"`, "", `\`, "")
	return strings.Contains(unquoted.Replace(g.text), unquoted.Replace(word))
}

// verbatim reports whether the first command of the script prints a text of its own.
func (g Generator) verbatim() bool {
	for line := range strings.Lines(g.text) {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "set -e") {
			return strings.HasPrefix(line, "exec tail -n +") || strings.HasPrefix(line, "cat <<")
		}
	}
	return false
}

// Beside returns the names of files beside grub.cfg from which it loads more entries, each
// once: "custom.cfg", as 41_custom has it.
func (c *Config) Beside() (names []string) {
	for _, command := range c.Included {
		if command.Name != "source" && command.Name != "." && command.Name != "configfile" || len(command.Words) == 0 {
			continue
		}
		folder, name, found := strings.Cut(command.Words[0], "/")
		if found && (folder == "${config_directory}" || folder == "${prefix}") && name != "grub.cfg" &&
			name != "" && !strings.ContainsAny(name, "/$") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
