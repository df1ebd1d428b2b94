package kmod

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Aliases finds the modules that claim a PCI device. It is made by
// Kernel.Aliases, never changes, and may be shared between goroutines.
//
// Sources are asked as libkmod does, the first that knows the device answers:
// the administrator's alias lines in modprobe.d, modules.alias, and the aliases
// of what is built in (modules.builtin.modinfo). Lines "blacklist" do not
// count, nor do they for lspci.
type Aliases struct {
	administrator []alias
	loadable      table
	builtIn       table
}

// alias is one line "alias PATTERN MODULE".
type alias struct {
	pattern, module string
	order           int // the line's place: depmod lists what comes first in modules.order first
}

// table has the aliases of PCI devices in heaps by how they begin: a kernel has
// 12,000 of them, and Intel's alone are 1,500.
type table struct {
	heaps map[string][]alias // by vendor and device, or by vendor alone
	rest  []alias            // by class, or by something that no driver does today
}

// busPrefix begins the alias of every PCI device.
const busPrefix = "pci:"

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
	a := &Aliases{administrator: administratorAliases(k.fsys)}
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
// module twice in a row is named once. It knows nothing of other buses.
func (a *Aliases) Modules(modalias string) []string {
	modalias, ok := normalAlias(modalias)
	if !ok || modalias == "" {
		return nil
	}
	if modules := matching(a.administrator, modalias); len(modules) > 0 {
		return names(modules)
	}
	if modules := a.loadable.matching(modalias); len(modules) > 0 {
		return names(modules)
	}
	return names(a.builtIn.matching(modalias))
}

func newTable(aliases iter.Seq[alias]) table {
	t := table{heaps: make(map[string][]alias)}
	for a := range aliases {
		switch {
		case literal(a.pattern, modelPrefix):
			key := a.pattern[:modelPrefix]
			t.heaps[key] = append(t.heaps[key], a)
		case literal(a.pattern, vendorPrefix):
			key := a.pattern[:vendorPrefix]
			t.heaps[key] = append(t.heaps[key], a)
		case strings.HasPrefix(a.pattern, busPrefix), wild(a.pattern[:min(len(a.pattern), len(busPrefix))]):
			t.rest = append(t.rest, a)
		}
	}
	return t
}

// literal says whether the pattern is of PCI and its first bytes stand for
// themselves alone.
func literal(pattern string, length int) bool {
	return len(pattern) >= length && strings.HasPrefix(pattern, busPrefix) && !wild(pattern[:length])
}

func wild(s string) bool { return strings.ContainsAny(s, `*?[\`) }

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
func parseAliases(text string) iter.Seq[alias] {
	return func(yield func(alias) bool) {
		order := 0
		for line := range strings.Lines(text) {
			order++
			rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "alias ")
			pattern, module, both := strings.Cut(rest, " ")
			if !ok || !both || module == "" {
				continue
			}
			if pattern, ok = normalAlias(pattern); ok && !yield(alias{pattern, normal(module), order}) {
				return
			}
		}
	}
}

// parseModinfo reads the entries "MODULE.alias=PATTERN" of
// modules.builtin.modinfo, each of which a NUL ends.
func parseModinfo(text string) iter.Seq[alias] {
	return func(yield func(alias) bool) {
		order := 0
		for entry := range strings.SplitSeq(text, "\x00") {
			order++
			key, pattern, _ := strings.Cut(entry, "=")
			module, ok := strings.CutSuffix(key, ".alias")
			if !ok {
				continue
			}
			if pattern, ok = normalAlias(pattern); ok && !yield(alias{pattern, normal(module), order}) {
				return
			}
		}
	}
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
