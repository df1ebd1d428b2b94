package kmod

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Aliases finds the modules that claim a device. It is made by
// Kernel.Aliases, never changes, and may be shared between goroutines.
//
// Sources are asked as libkmod does, the first that knows the device answers:
// the administrator's alias lines in modprobe.d, a module of that very name,
// modules.alias, and the aliases of what is built in (modules.builtin.modinfo).
// Lines "blacklist" do not count, nor do they for lspci.
type Aliases struct {
	kernel        Kernel
	administrator []alias
	loadable      table
	builtIn       table
}

// alias is one line "alias PATTERN MODULE".
type alias struct {
	pattern, module string
	order           int // the line's place: depmod lists what comes first in modules.order first
}

// table has the aliases of an index in heaps by how they begin, since
// a kernel has 15,000 of them and a network card's vendor 1,000.
type table struct {
	heaps map[string][]alias // by vendor and device, or by vendor alone
	rest  []alias            // that begin with neither: classes, and buses other than PCI
}

// Lengths of what PCI aliases begin with: "pci:v00008086d00001521" names vendor
// and device, "pci:v00008086" the vendor.
const (
	modelPrefix  = len("pci:v00008086d00001521")
	vendorPrefix = len("pci:v00008086")
)

// Aliases reads the indexes of the kernel. Where modules.alias is absent the
// error has fs.ErrNotExist in its chain, and Aliases knows what the other files
// say.
func (k Kernel) Aliases() (*Aliases, error) {
	a := &Aliases{kernel: k, administrator: administratorAliases(k.fsys)}
	modinfo, err := k.fsys.Read(k.dir+"/modules.builtin.modinfo", maxIndex)
	if err == nil { // since Linux 5.2
		a.builtIn = newTable(parseModinfo(string(modinfo)))
	}
	text, err := k.fsys.Read(k.dir+"/modules.alias", maxIndex)
	if err != nil {
		return a, fmt.Errorf("modules of kernel %s: %w", k.Release, err)
	}
	a.loadable = newTable(parseAliases(string(text)))
	return a, nil
}

// Modules names the modules for a modalias such as
// "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00", in the order in
// which modprobe would load them; '_' stands for '-' in their names. The same
// module twice in a row is named once.
func (a *Aliases) Modules(modalias string) []string {
	modalias, ok := normalAlias(modalias)
	if !ok || modalias == "" {
		return nil
	}
	if modules := matching(a.administrator, modalias); len(modules) > 0 {
		return names(modules)
	}
	if !strings.Contains(modalias, ":") { // no module's name has one
		if state, err := a.kernel.Module(modalias); err == nil && state != Absent {
			return []string{modalias}
		}
	}
	if modules := a.loadable.matching(modalias); len(modules) > 0 {
		return names(modules)
	}
	return names(a.builtIn.matching(modalias))
}

func newTable(aliases []alias) table {
	t := table{heaps: make(map[string][]alias)}
	for _, a := range aliases {
		switch {
		case literal(a.pattern, modelPrefix):
			key := a.pattern[:modelPrefix]
			t.heaps[key] = append(t.heaps[key], a)
		case literal(a.pattern, vendorPrefix):
			key := a.pattern[:vendorPrefix]
			t.heaps[key] = append(t.heaps[key], a)
		default:
			t.rest = append(t.rest, a)
		}
	}
	return t
}

// literal says whether the pattern is of PCI and its first bytes stand for
// themselves alone.
func literal(pattern string, length int) bool {
	return len(pattern) >= length && strings.HasPrefix(pattern, "pci:") &&
		!strings.ContainsAny(pattern[:length], `*?[\`)
}

// matching returns the aliases that match, in the order of the index.
func (t table) matching(modalias string) []alias {
	found := matching(t.rest, modalias)
	for _, length := range []int{vendorPrefix, modelPrefix} {
		if len(modalias) >= length {
			found = append(found, matching(t.heaps[modalias[:length]], modalias)...)
		}
	}
	slices.SortStableFunc(found, func(a, b alias) int { return a.order - b.order })
	return found
}

func matching(aliases []alias, modalias string) (found []alias) {
	for _, a := range aliases {
		if match(a.pattern, modalias) {
			found = append(found, a)
		}
	}
	return found
}

func names(aliases []alias) (modules []string) {
	for _, a := range aliases {
		modules = append(modules, a.module)
	}
	return slices.Compact(modules)
}

// parseAliases reads lines "alias PATTERN MODULE"; others do not matter.
func parseAliases(text string) (aliases []alias) {
	order := 0
	for line := range strings.Lines(text) {
		order++
		keyword, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		pattern, module, ok := strings.Cut(rest, " ")
		if keyword != "alias" || !ok || module == "" {
			continue
		}
		if pattern, ok = normalAlias(pattern); ok {
			aliases = append(aliases, alias{pattern, normal(module), order})
		}
	}
	return aliases
}

// parseModinfo reads the entries "MODULE.alias=PATTERN" of
// modules.builtin.modinfo, each of which a NUL ends.
func parseModinfo(text string) (aliases []alias) {
	for order, entry := range strings.Split(text, "\x00") {
		key, pattern, _ := strings.Cut(entry, "=")
		module, ok := strings.CutSuffix(key, ".alias")
		if !ok {
			continue
		}
		if pattern, ok = normalAlias(pattern); ok {
			aliases = append(aliases, alias{pattern, normal(module), order})
		}
	}
	return aliases
}

// normalAlias writes '_' for '-' outside of sets. It refuses, as libkmod does,
// a text with an unpaired bracket.
func normalAlias(s string) (string, bool) {
	if !strings.ContainsAny(s, "-[]") {
		return s, true
	}
	b := []byte(s)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '-':
			b[i] = '_'
		case ']':
			return "", false
		case '[':
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return "", false
			}
			i += end
		}
	}
	return string(b), true
}

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
