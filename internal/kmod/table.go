package kmod

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/fnmatch"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// table has the aliases of PCI devices, grouped by their first bytes: a kernel has
// 12,000 aliases, 1,500 of them for Intel alone. It is used for trees without
// depmod's binary indexes.
type table struct {
	heaps map[string][]alias // by vendor and device, or by vendor alone
	rest  []alias            // all others, such as those by class
}

// Lengths of prefixes of PCI aliases: "pci:v00008086d00001521" names vendor and
// device, "pci:v00008086" the vendor.
const (
	modelPrefix  = len("pci:v00008086d00001521")
	vendorPrefix = len("pci:v00008086")
)

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
		case strings.HasPrefix(a.pattern, busPrefix), fnmatch.Special(a.pattern[:min(len(a.pattern), len(busPrefix))]):
			t.rest = append(t.rest, a)
		}
	}
	return t
}

// literal reports whether the pattern is for PCI and its first length bytes have no
// wildcard.
func literal(pattern string, length int) bool {
	return len(pattern) >= length && strings.HasPrefix(pattern, busPrefix) && !fnmatch.Special(pattern[:length])
}

// modules implements source.
func (t table) modules(modalias string) []string {
	text := fnmatch.New(modalias)
	found := matching(nil, t.rest, &text)
	for _, length := range []int{vendorPrefix, modelPrefix} {
		if len(modalias) >= length {
			found = matching(found, t.heaps[modalias[:length]], &text)
		}
	}
	slices.SortStableFunc(found, func(a, b alias) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), visited(b.pattern, a.pattern))
	})
	return names(found)
}

// visited compares two patterns that match the same text by the order in which a
// search visits them in an index: the one with the earlier wildcard comes first,
// then they are ordered by their bytes, and a pattern comes before its prefixes.
func visited(a, b string) int {
	const end = "\xff"
	first := func(pattern string) int { return strings.IndexAny(pattern+fnmatch.Wildcards, fnmatch.Wildcards) }
	return cmp.Or(cmp.Compare(first(a), first(b)), strings.Compare(a+end, b+end))
}

// parseAliases parses the lines "alias PATTERN MODULE" of modules.alias and ignores
// others. depmod lists them in the order of modules.order.
func parseAliases(text string) iter.Seq[alias] {
	return func(yield func(alias) bool) {
		line := 0
		for text := range strings.Lines(text) {
			line++
			rest, ok := strings.CutPrefix(strings.TrimSuffix(text, "\n"), "alias ")
			pattern, module, both := strings.Cut(rest, " ")
			if !ok || !both || module == "" {
				continue
			}
			if pattern, ok = modprobe.PatternName(pattern); ok && !yield(alias{pattern, normal(module), line}) {
				return
			}
		}
	}
}

// parseModinfo parses the NUL-terminated entries "MODULE.alias=PATTERN" of
// modules.builtin.modinfo. depmod gives all of them the same priority, and keeps the
// names as the kernel's build wrote them.
func parseModinfo(text string) iter.Seq[alias] {
	return func(yield func(alias) bool) {
		for entry := range strings.SplitSeq(text, "\x00") {
			key, pattern, _ := strings.Cut(entry, "=")
			module, ok := strings.CutSuffix(key, ".alias")
			if !ok {
				continue
			}
			if pattern, ok = modprobe.PatternName(pattern); ok && !yield(alias{pattern, module, 0}) {
				return
			}
		}
	}
}
