package modprobe

import "strings"

// Kind is what a line tells modprobe.
type Kind string

// The kinds of lines. Other is what kmod ignores: an unknown word, or too few words
// after a known one.
const (
	Options   Kind = "options"
	Install   Kind = "install"
	Remove    Kind = "remove"
	Softdep   Kind = "softdep"
	Weakdep   Kind = "weakdep" // since kmod 33; modprobe itself does nothing by it
	Blacklist Kind = "blacklist"
	Alias     Kind = "alias"
	Other     Kind = "other"
)

// Directive is what one line says.
type Directive struct {
	Kind   Kind
	Module string // with '_' for '-'. Of softdep, install and remove it may be a pattern; of alias it is the module that the alias means
	Text   string // options: the parameters, blanks for tabs; install, remove: the command; softdep: all after the module; alias: the alias; other: the line

	Pre, Post []string // of softdep: the modules that go before and after, as they are written
}

// parseDirective reads a line's text (kmod_config_parse in
// libkmod/libkmod-config.c).
func parseDirective(text string) Directive {
	text, _, _ = strings.Cut(text, "\x00") // a C string
	if text == "" || text[0] == '#' {
		return Directive{}
	}
	word, rest, ok := cutWord(text)
	if !ok {
		return Directive{}
	}
	other := Directive{Kind: Other, Text: text}
	first, rest, named := cutWord(rest)
	name, normal := PatternName(first)
	if !named || !normal {
		return other
	}
	d := Directive{Kind: Kind(word), Module: name, Text: rest}
	switch d.Kind {
	case Blacklist:
		d.Text = ""
		return d
	case Alias:
		second, _, named := cutWord(rest)
		module, normal := PatternName(second)
		if !named || !normal {
			return other
		}
		return Directive{Kind: Alias, Module: module, Text: name}
	case Options:
		d.Text = strings.ReplaceAll(d.Text, "\t", " ")
	case Softdep:
		d.Pre, d.Post = parseSoftdep(d.Text)
	case Install, Remove, Weakdep:
	default:
		return other
	}
	if d.Text == "" {
		return other
	}
	return d
}

// parseSoftdep reads the two lists of a softdep line (kmod_config_add_softdep).
// Words in front of "pre:" and "post:" are dropped. So is the first of them
// itself after exactly two blanks, since kmod takes the second blank for a part
// of the word: "softdep e1000  pre: xen-pciback" does nothing.
func parseSoftdep(text string) (pre, post []string) {
	var list *[]string
	begin, blank := 0, false
	for i := 0; i <= len(text); i++ {
		if i < len(text) {
			if !space(text[i]) {
				blank = false
				continue
			}
			if blank {
				begin = i + 1
				continue
			}
			blank = true
			if begin >= i {
				continue
			}
		}
		switch word := text[begin:i]; {
		case word == "pre:":
			list = &pre
		case word == "post:":
			list = &post
		case list != nil && (i < len(text) || !blank):
			*list = append(*list, word)
		}
		begin = i + 1
	}
	return pre, post
}

// space is C's isspace.
func space(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
