package kmod

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
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
func administratorAliases(fsys sysfs.FS) (aliases []alias) {
	where := make(map[string]string)
	for _, dir := range modprobeDirs {
		files, _ := fsys.List(dir)
		for _, file := range files {
			if _, hidden := where[file]; !hidden && strings.HasSuffix(file, ".conf") {
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

// parseModprobe reads the alias lines of one file; a backslash at the end of a
// line continues it, and words are apart by any blanks.
func parseModprobe(text string) (aliases []alias) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "alias" {
			continue
		}
		if pattern, ok := normalAlias(words[1]); ok {
			aliases = append(aliases, alias{pattern: pattern, module: normal(words[2])})
		}
	}
	return aliases
}
