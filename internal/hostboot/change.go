package hostboot

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is which of the two command lines a word is on.
type Kind string

// The two command lines.
const (
	XenLine  Kind = "xen"  // the hypervisor's
	Dom0Line Kind = "dom0" // that of dom0's kernel
)

// Repeat is what becomes of the other words of an option that may be given several times.
type Repeat string

// What may become of them.
const (
	Ask     Repeat = ""        // there must be none: Apply refuses with a RepeatedError
	Add     Repeat = "add"     // they stay, and the new words come last
	Replace Repeat = "replace" // they go
)

// Change is a change of the words of a command line.
type Change struct {
	Line   Kind
	Set    []string // words that the line is to have
	Unset  []string // words, or the names of options, that it is not to have
	Repeat Repeat
}

// RepeatedError reports an option that is there several times, or may be, so that it has to be
// said which of its words are meant.
type RepeatedError struct {
	Key   string
	Have  []string // the words of the option that are there
	Unset bool     // they would all be removed
}

// Error names the words.
func (e *RepeatedError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the words.
func (e *RepeatedError) Reason() string {
	if e.Unset {
		return fmt.Sprintf("%s is there %d times: %s", e.Key, len(e.Have), strings.Join(e.Have, " "))
	}
	if len(e.Have) > 1 {
		return fmt.Sprintf("%s is there already, %d times: %s", e.Key, len(e.Have), strings.Join(e.Have, " "))
	}
	return fmt.Sprintf("%s may be given more than once, and is there already: %s", e.Key, strings.Join(e.Have, " "))
}

// Advice says how to choose.
func (e *RepeatedError) Advice() string {
	if e.Unset {
		return "name the whole word, or each of them"
	}
	return "say --add to keep what is there, or --replace to remove it"
}

// TwiceError reports two words of an option that takes one.
type TwiceError struct{ Key, First, Second string }

// Error names the words.
func (e *TwiceError) Error() string {
	return fmt.Sprintf("%s and %s set the same option, of which one takes effect", e.First, e.Second)
}

// Apply returns the words that a command line has after the change. words are those that it has
// now, in their order, and before those that it had before xenpci changed it: where a word that
// xenpci set is unset, what was there for the option before comes back. Words that the change does
// not name keep their order, and words after "--" are not looked at. What is there already stays
// as it is, and so do the words keep where they are unset.
//
// Of an option that takes one value, a new word replaces the others. The error is a *RepeatedError
// or a *TwiceError.
func (c Change) Apply(words, before []string, keep ...string) ([]string, error) {
	end := ArgumentsEnd(words)
	have, rest := slices.Clone(words[:end]), words[end:]
	before = before[:ArgumentsEnd(before)]
	var err error
	for _, text := range c.Unset {
		if have, err = c.unset(have, before, keep, text); err != nil {
			return nil, err
		}
	}
	for i, word := range c.Set {
		key := c.Line.Key(word)
		if slices.ContainsFunc(c.Set[:i], func(o string) bool { return c.Line.Key(o) == key }) {
			continue
		}
		if have, err = c.set(have, key); err != nil {
			return nil, err
		}
	}
	return append(have, rest...), nil
}

// ArgumentsEnd returns how many words come before "--", as for Line.Own.
func ArgumentsEnd(words []string) int {
	if at := slices.Index(words, "--"); at >= 0 {
		return at
	}
	return len(words)
}

// set makes the words of one option those that the change sets.
func (c Change) set(have []string, key string) ([]string, error) {
	of := func(w string) bool { return c.Line.Key(w) == key }
	fresh, old := only(c.Set, of), only(have, of)
	if len(fresh) > 1 && !c.Line.Repeats(key) {
		return nil, &TwiceError{key, fresh[0], fresh[1]}
	}
	missing := only(fresh, func(w string) bool { return !slices.Contains(old, w) })
	if len(missing) == 0 && (c.Repeat == Add || c.Repeat == Ask && c.Line.Repeats(key)) {
		return have, nil
	}
	if slices.Equal(fresh, old) {
		return have, nil
	}
	if len(old) > 0 && (c.Line.Repeats(key) || len(old) > 1) {
		switch c.Repeat {
		case Ask:
			return nil, &RepeatedError{Key: key, Have: old}
		case Add:
			return append(have, missing...), nil
		case Replace:
		}
	}
	return replaced(have, fresh, of), nil
}

// unset removes a word, or the words of an option, and puts back what was there before.
func (c Change) unset(have, before, keep []string, text string) ([]string, error) {
	gone := func(w string) bool { return w == text }
	key := c.Line.Key(text)
	if !slices.Contains(have, text) {
		gone = func(w string) bool { return !strings.Contains(text, "=") && c.Line.Key(w) == key }
	}
	named := gone
	gone = func(w string) bool { return named(w) && !slices.Contains(keep, w) }
	lost := only(have, gone)
	if distinct := slices.Compact(slices.Sorted(slices.Values(lost))); len(distinct) > 1 {
		return nil, &RepeatedError{Key: key, Have: lost, Unset: true}
	}
	if len(lost) == 0 {
		return have, nil
	}
	var back []string
	if !slices.Contains(before, lost[0]) { // xenpci set it
		back = only(before, func(w string) bool { return c.Line.Key(w) == key && !slices.Contains(have, w) })
	}
	return replaced(have, back, gone), nil
}

// only returns the words for which is reports true.
func only(words []string, is func(string) bool) (found []string) {
	for _, w := range words {
		if is(w) {
			found = append(found, w)
		}
	}
	return found
}

// replaced puts words in the place of the last of those that go, or at the end if there are none.
func replaced(have, words []string, goes func(string) bool) (all []string) {
	for i, w := range have {
		if !goes(w) {
			all = append(all, w)
			continue
		}
		if !slices.ContainsFunc(have[i+1:], goes) {
			all = append(all, words...)
			words = nil
		}
	}
	return append(all, words...)
}

// Key returns the name of the option that a word of the line sets. Words with the same name set
// the same option: on Xen's line "no-smt" and "smt=off"; on dom0's, names in which '-' stands for
// '_'.
func (k Kind) Key(word string) string {
	key, _, _ := strings.Cut(word, "=")
	if k == Dom0Line {
		return strings.ReplaceAll(key, "-", "_")
	}
	if rest, ok := strings.CutPrefix(key, "no-"); ok && key != "no-real-mode" {
		return rest
	}
	return key
}

// OptionOf returns the option that a word of Xen's line sets, or one of dom0's, as Kind.Key does.
func OptionOf(xen bool, word string) string {
	if xen {
		return XenLine.Key(word)
	}
	return Dom0Line.Key(word)
}

// Names reports whether the change names a word that it unsets, and not only its option.
func (c Change) Names(word string) bool { return slices.Contains(c.Unset, word) }

// Repeats reports whether several words of an option take effect together.
func (k Kind) Repeats(key string) bool {
	if k == XenLine {
		return slices.Contains(xenRepeats[:], key)
	}
	return slices.Contains(dom0Repeats[:], key) || strings.HasPrefix(key, "rd.") || strings.HasPrefix(key, "systemd.")
}

// xenRepeats are options of Xen whose words add up: each sets some items of a list, or is one of
// several devices or regions.
var xenRepeats = [...]string{
	"acpi", "cet", "cpufreq", "cpuid", "dom0", "dom0_nodes", "efi", "ept", "flask", "iommu", "mce", "msi", "pci", "pci-phantom", "pv",
	"pv-l1tf", "rmrr", "spec-ctrl", "trace-pv", "vpmu", "xpti",
}

// dom0Repeats are options of Linux, of systemd and of initramfs programs whose words add up.
var dom0Repeats = [...]string{
	"blacklist", "cgroup_disable", "cgroup_enable", "console", "crashkernel", "dyndbg", "earlycon", "earlyprintk", "efi", "hugepages",
	"hugepagesz", "initcall_blacklist", "ip", "memmap", "modprobe.blacklist", "module_blacklist", "nameserver",
	"netconsole", "pci", "resource_alignment", "video",
}

// Others returns the words of a line that the change was to replace: of the options that it sets,
// those that it does not set, unless they may stay beside them.
func (c Change) Others(words []string) []string {
	return only(words[:ArgumentsEnd(words)], func(w string) bool {
		key := c.Line.Key(w)
		sets := slices.ContainsFunc(c.Set, func(s string) bool { return c.Line.Key(s) == key })
		return sets && !slices.Contains(c.Set, w) && (c.Repeat == Replace || c.Repeat != Add && !c.Line.Repeats(key))
	})
}

// Unsets returns the words of a line that the change unsets, whoever set them.
func (c Change) Unsets(words []string) []string {
	words = words[:ArgumentsEnd(words)]
	return only(words, func(w string) bool {
		return slices.ContainsFunc(c.Unset, func(text string) bool {
			return w == text || !slices.Contains(words, text) && !strings.Contains(text, "=") && c.Line.Key(w) == c.Line.Key(text)
		})
	})
}
