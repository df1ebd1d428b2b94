package kmod

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/fnmatch"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// table has the aliases of PCI devices in heaps by how they begin: a kernel has
// 12,000 of them, and Intel's alone are 1,500. It is for trees that came without
// depmod's binary indexes.
type table struct {
	heaps map[string][]alias // by vendor and device, or by vendor alone
	rest  []alias            // by class, or by something that no driver does today
}

// Lengths of what PCI aliases begin with: "pci:v00008086d00001521" names vendor
// and device, "pci:v00008086" the vendor.
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

// literal says whether the pattern is of PCI and its first bytes stand for
// themselves alone.
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

// visited compares two patterns that match the same text by when a search comes
// to them in an index: the one with the earlier wildcard first, then by their
// bytes, and what is longer before its own beginning.
func visited(a, b string) int {
	const end = "\xff"
	first := func(pattern string) int { return strings.IndexAny(pattern+fnmatch.Wildcards, fnmatch.Wildcards) }
	return cmp.Or(cmp.Compare(first(a), first(b)), strings.Compare(a+end, b+end))
}

// parseAliases reads lines "alias PATTERN MODULE" of modules.alias; others do
// not matter. depmod lists first what comes first in modules.order.
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

// parseModinfo reads the entries "MODULE.alias=PATTERN" of
// modules.builtin.modinfo, each of which a NUL ends. depmod gives all of them
// the same priority, and leaves the names as the kernel's build wrote them.
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
