package pciback

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// misspelling is a list of devices under a name that no kernel reads.
type misspelling struct {
	last int // the last of its arguments
	list int // where its devices are, in bytes of the line
}

// misspelt recognises argument i as a hide list under a wrong name: one that has something
// like "pciback" and something like "hide" in it, or only one of them and a device; or a
// list without any name. The list may go on in the following arguments.
func (r *hideListReader) misspelt(i int) (misspelling, bool) {
	start := r.arguments[i].Start
	word := r.text[start:r.arguments[i].End]
	if strings.HasPrefix(word, "rd.qubes.") {
		return misspelling{}, false // Qubes' own
	}
	if module, ok := endOf(word, OldModuleName, 2); ok {
		if m, ok := r.misspeltOption(i, module); ok {
			return m, true
		}
	}
	if option, ok := endOf(word, "hide", 1); ok {
		if m := r.misspelling(i, start+option); r.names(m) {
			return m, true
		}
	}
	for at := range len(word) {
		if word[at] == '(' && beginsWithGroup(word[at:]) {
			return r.misspelling(i, start+at), true
		}
	}
	if groups, unclear := ParseHideLenient(word); len(groups) == 0 || len(unclear) > 0 {
		return misspelling{}, false
	}
	return r.misspelling(i, start), true
}

// MisspeltOptions reads a line for modprobe, "options MODULE TEXT", whose module is not
// pciback but that is meant for it: "options xen-pciback,hide=(00:09.0)". ok is false for
// any other line.
func MisspeltOptions(module, text string) (list HideList, ok bool) {
	line := grub.ParseCommandLine(module + " " + text)
	r := hideListReader{text: line.String(), arguments: line.Arguments()}
	if _, ok := endOf(module, OldModuleName, 2); !ok || len(r.arguments) == 0 {
		return HideList{}, false
	}
	m, ok := r.misspelt(0)
	if !ok {
		return HideList{}, false
	}
	r.list.Meant, r.list.Unclear = ParseHideLenient(r.reportMisspelt(0, m, "options "+ModuleName+" hide"))
	return r.list, true
}

// misspeltOption looks for "hide" after something like "pciback", which ends at a byte
// of argument i: in the same word, or after a blank.
func (r *hideListReader) misspeltOption(i, module int) (misspelling, bool) {
	start := r.arguments[i].Start
	word := r.text[start:r.arguments[i].End]
	value := strings.Contains(word[:module], "=") // as in "modprobe.blacklist=xen-pciback"
	if option, ok := firstToken(word[module:]); ok {
		at := start + module + nameEnd(word[module:], option)
		m := r.misspelling(i, at)
		name := word[module+option.start : module+option.end]
		exact := has(word[:module], OldModuleName) || has(name, "hide") // one may be misspelt, not both
		if exact && like(name, "hide", 1) && !value || r.names(m) {
			return m, true
		}
		m = r.misspelling(i, start+module) // "xen-pciback(00:09.0)"
		return m, r.names(m)
	}
	for last := i + 1; last < len(r.arguments) && last <= i+2; last++ { // "xen-pciback. hide=", "xen-pciback . hide="
		next := r.arguments[last]
		word := r.text[next.Start:next.End]
		if option, ok := firstToken(word); ok {
			m := r.misspelling(last, next.Start+nameEnd(word, option))
			return m, like(word[option.start:option.end], "hide", 1) && r.names(m)
		}
	}
	return misspelling{}, false
}

// misspelling is one whose list begins at a byte of argument i, or after it.
func (r *hideListReader) misspelling(i, at int) misspelling {
	end := r.arguments[i].End
	depth := parentheses(r.text[min(at, end):end])
	m := misspelling{last: i, list: at}
	for ; m.last+1 < len(r.arguments); m.last++ {
		next := r.arguments[m.last+1]
		word := strings.TrimLeft(r.text[next.Start:next.End], punctuation)
		if strings.ContainsFunc(word, outsideList) || word != "" && depth <= 0 && !strings.HasPrefix(word, "(") {
			break
		}
		depth += parentheses(word)
	}
	return m
}

func parentheses(text string) int { return strings.Count(text, "(") - strings.Count(text, ")") }

// punctuation is what people write between a name and its list.
const punctuation = "=:.,;/"

// names reports whether a list has a device, or an ID in the place of one.
func (r *hideListReader) names(m misspelling) bool {
	groups, unclear := ParseHideLenient(r.devices(m))
	return len(groups) > 0 || slices.ContainsFunc(unclear, isID)
}

// devices returns the text of the list of a misspelt argument.
func (r *hideListReader) devices(m misspelling) string {
	return strings.TrimLeft(r.text[m.list:r.arguments[m.last].End], punctuation+" \t")
}

// isID reports whether a word is vendor:device, which pciback does not read.
func isID(word string) bool {
	s, err := pci.ParseSelector(word)
	return err == nil && s.Kind == pci.KindModel
}

// beginsWithGroup reports whether a text begins with a group.
func beginsWithGroup(text string) bool {
	_, length, _ := parseHideGroup(text)
	return length > 0
}

// token is letters and digits in a word.
type token struct{ start, end int }

// endOf returns the end of the first token in a word that is like a name.
func endOf(word, name string, most int) (end int, ok bool) {
	for at := 0; at < len(word); {
		t, there := firstToken(word[at:])
		if !there {
			return 0, false
		}
		if like(word[at+t.start:at+t.end], name, most) {
			if n := strings.Index(strings.ToLower(word[at+t.start:at+t.end]), name); n >= 0 {
				return at + t.start + n + len(name), true
			}
			return at + t.end, true
		}
		at += t.end
	}
	return 0, false
}

// like reports whether a token has the name in it, or is nearly the name.
func like(token, name string, most int) bool {
	return has(token, name) || prose.Near(strings.ToLower(token), name, most)
}

func has(text, name string) bool { return strings.Contains(strings.ToLower(text), name) }

func firstToken(word string) (token, bool) {
	start := strings.IndexFunc(word, alphanumeric)
	if start < 0 {
		return token{}, false
	}
	if n := strings.IndexFunc(word[start:], func(c rune) bool { return !alphanumeric(c) }); n >= 0 {
		return token{start, start + n}, true
	}
	return token{start, len(word)}, true
}

func alphanumeric(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// nameEnd is where the name ends that begins with a token: "hide_list=".
func nameEnd(word string, t token) int {
	end := t.end
	for end+1 < len(word) && strings.IndexByte("_-", word[end]) >= 0 && alphanumeric(rune(word[end+1])) {
		next, _ := firstToken(word[end:])
		end += next.end
	}
	return end
}
