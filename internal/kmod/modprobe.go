package kmod

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// modprobeDirs hold the administrator's and the distribution's configuration,
// strongest first: a file hides those of its name in the folders that follow.
var modprobeDirs = [...]string{
	"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d",
}

// maxModprobe is the largest file of modprobe.d that is read, in bytes.
const maxModprobe = 1 << 20

// administratorAliases reads the alias lines of modprobe.d in the order of the
// files' names. What cannot be read counts as empty.
func administratorAliases(fsys sysfs.FS) (aliases list) {
	where := make(map[string]string)
	for _, dir := range modprobeDirs {
		files, _ := fsys.List(dir)
		for _, file := range files {
			if _, hidden := where[file]; !hidden && strings.HasSuffix(file, ".conf") && file[0] != '.' {
				where[file] = dir
			}
		}
	}
	files := make([]string, 0, len(where))
	for file := range where {
		files = append(files, file)
	}
	slices.Sort(files)
	for _, file := range files {
		text, err := fsys.Read(where[file]+"/"+file, maxModprobe)
		if err == nil {
			aliases = append(aliases, parseModprobe(string(text))...)
		}
	}
	return aliases
}

// parseModprobe reads the alias lines of one file. Words are apart by blanks and
// tabs, and what follows the third does not matter.
func parseModprobe(text string) (aliases list) {
	for line := range strings.Lines(unescape(text)) {
		line = strings.Trim(line, " \t\n")
		if !strings.HasPrefix(line, "alias") {
			continue // spares the most lines, which set options, their splitting
		}
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(words) < 3 || words[0] != "alias" {
			continue
		}
		pattern, ok := modprobe.PatternName(words[1])
		module, named := modprobe.PatternName(words[2])
		if ok && named {
			aliases = append(aliases, alias{pattern: pattern, module: module})
		}
	}
	return aliases
}

// unescape takes a backslash as libkmod does: one at the end of a line continues
// it, and any other goes, with no meaning for what it stands before.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if i++; text[i] == '\n' {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
