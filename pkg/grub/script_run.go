package grub

import (
	"slices"
	"strings"
)

// truth is what is known of a condition before the machine boots.
type truth int

const (
	unknown truth = iota
	yes
	no
)

// variable is what is known of a variable.
type variable struct {
	text  string
	known bool
}

// run follows a script as GRUB does at boot, as far as that is known beforehand.
type run struct {
	config    *Config
	outer     *run // of an entry: the run that it is in, whose variables it sees
	variables map[string]variable
	saved     map[string]variable // by save_env, in grubenv
	functions map[string][]node
	left      *bounds
	blurred   bool // no value is known
}

// GRUB sets these itself, by machine and version.
var ofGRUB = [...]string{
	"root", "prefix", "cmdpath", "config_directory", "config_file", "lang", "locale_dir", "pager", "theme", "superusers",
	"gfxmode", "gfxterm_font", "check_signatures", "lockdown", "shim_lock", "timeout", "chosen",
}

func (r *run) value(name string) (string, bool) {
	for in := r; in != nil; in = in.outer {
		if v, ok := in.variables[name]; ok {
			return v.text, v.known
		}
	}
	foreign := slices.Contains(ofGRUB[:], name) || strings.TrimLeft(name, "0123456789@*#?") == "" ||
		slices.ContainsFunc([]string{"grub_", "feature_", "net_", "pxe_", "fw_"}, func(p string) bool { return strings.HasPrefix(name, p) })
	return "", !foreign
}

func (r *run) set(name string, text string, known, surely bool) {
	if !surely {
		if old, ok := r.value(name); !ok || !known || old != text {
			known = false
		}
	}
	if r.variables == nil {
		r.variables = map[string]variable{}
	}
	r.variables[name] = variable{text: text, known: known && !r.blurred}
}

// all expands a word; known is false when a part of it is not known, or when it
// grows too long.
func (r *run) all(w word) (text string, known bool) {
	known = true
	text = w.expand(r.values(&known))
	r.left.bytes -= len(text)
	return text, known && len(text) <= maxValue
}

// values returns the values of the variables of one word. known becomes false when one is not
// known, or when they grow too long.
func (r *run) values(known *bool) func(name string) (string, bool) {
	length := 0
	return func(name string) (string, bool) {
		v, ok := r.value(name)
		length += len(v)
		ok = ok && length <= maxValue
		*known = *known && ok
		return v, ok
	}
}

// nodes follows statements, and adds the entries in them to menu.
func (r *run) nodes(nodes []node, menu *[]Entry, surely bool) {
	for _, n := range nodes {
		switch {
		case !r.left.may(1, n.line):
			return
		case n.branches != nil:
			r.conditional(n, menu, surely)
		case n.loop:
			r.loop(n, menu)
		default:
			r.command(n, menu, surely)
		}
	}
}

// loop first makes the variables unknown that the loop sets, since an earlier iteration
// may have set them.
func (r *run) loop(n node, menu *[]Entry) {
	if !r.blurred {
		r.blurred = true
		r.loop(n, &[]Entry{})
		r.blurred = false
	}
	if n.words[0].is("for") && len(n.words) > 1 {
		r.set(n.words[1].raw(), "", false, false)
	}
	r.nodes(n.block, menu, false)
}

func (r *run) conditional(n node, menu *[]Entry, surely bool) {
	open := true // no branch is certainly taken yet
	for _, b := range n.branches {
		t := yes
		if !b.otherwise {
			r.nodes(b.condition, menu, false)
			t = r.condition(b.condition)
		}
		switch {
		case !open || t == no:
			r.passed(b.body, menu)
		case t == yes:
			r.nodes(b.body, menu, surely)
			open = false
		default:
			r.nodes(b.body, menu, false)
			surely = false
		}
	}
}

// passed looks for entries in statements that are not executed, and reports them all
// the same.
func (r *run) passed(nodes []node, menu *[]Entry) {
	aside := run{config: &Config{}, functions: r.functions, left: r.left}
	aside.nodes(nodes, menu, false)
}

func (r *run) condition(nodes []node) truth {
	if len(nodes) != 1 || nodes[0].branches != nil || nodes[0].loop {
		return unknown
	}
	words := nodes[0].words
	if !words[0].is("[") && !words[0].is("test") {
		return unknown
	}
	words = words[1:]
	if n := len(words); n > 0 && words[n-1].is("]") {
		words = words[:n-1]
	}
	return r.any(words)
}

// any is what is known of tests with -o between them, and each of several with -a.
func (r *run) any(words []word) truth {
	result := no
	for _, part := range divide(words, "-o") {
		if t := r.every(part); t == yes || t == unknown && result == no {
			result = t
		}
	}
	return result
}

// every is what is known of tests with -a between them.
func (r *run) every(words []word) truth {
	result := yes
	for _, part := range divide(words, "-a") {
		if t := r.test(part); t == no || t == unknown && result == yes {
			result = t
		}
	}
	return result
}

// divide divides words at an operator.
func divide(words []word, operator string) (parts [][]word) {
	for {
		at := slices.IndexFunc(words, func(w word) bool { return w.is(operator) })
		if at < 0 {
			return append(parts, words)
		}
		parts = append(parts, words[:at])
		words = words[at+1:]
	}
}

// test is what is known of one test.
func (r *run) test(words []word) truth {
	var texts []string
	for _, w := range words {
		text, known := r.all(w)
		if !known {
			return unknown
		}
		texts = append(texts, text)
	}
	switch {
	case len(texts) == 1:
		return truthOf(texts[0] != "")
	case len(texts) == 2 && texts[0] == "-n":
		return truthOf(texts[1] != "")
	case len(texts) == 2 && texts[0] == "-z":
		return truthOf(texts[1] == "")
	case len(texts) == 3 && (texts[1] == "=" || texts[1] == "=="):
		return truthOf(texts[0] == texts[2])
	case len(texts) == 3 && texts[1] == "!=":
		return truthOf(texts[0] != texts[2])
	}
	return unknown
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (r *run) command(n node, menu *[]Entry, surely bool) {
	switch name := n.words[0].raw(); name {
	case "menuentry", "submenu":
		*menu = append(*menu, r.entry(n, surely))
	case "function":
		if len(n.words) > 1 {
			r.functions[n.words[1].raw()] = n.block
		}
	case "set":
		for _, w := range n.words[1:] {
			r.assign(w, surely)
		}
	case "unset":
		for _, w := range n.words[1:] {
			r.set(w.raw(), "", true, surely)
		}
	case "load_env":
		// It is assumed that GRUB can read the file at boot.
		if r.left.may(len(r.config.env), n.line) {
			for name, text := range r.config.env {
				r.set(name, text, true, true)
			}
			r.loadSaved(r, n.line)
		}
	case "save_env":
		r.saveEnv(n.words[1:], surely)
	case "source", ".", "configfile", "blscfg":
		r.config.Included = append(r.config.Included, Command{Name: name, Words: r.words(n.words[1:]), Line: n.line, Conditional: !surely})
		if name == "blscfg" {
			*menu = append(*menu, Entry{unseen: true})
		}
	case loadMenuList:
		r.config.legacy = true
	case "serial", "terminal_input", "terminal_output":
		if r.outer == nil && !r.blurred {
			r.config.terminal.command(Command{Name: name, Words: r.words(n.words[1:]), Line: n.line, Conditional: !surely})
		}
	default:
		if body, ok := r.functions[name]; ok {
			if r.left.calls > 0 {
				r.left.calls--
				r.nodes(body, menu, false)
			}
		} else if len(n.words) == 1 {
			r.assign(n.words[0], surely)
		}
	}
}

// loadSaved sets the variables that save_env has put into grubenv since the machine was switched on.
func (r *run) loadSaved(from *run, line int) {
	if from.outer != nil {
		r.loadSaved(from.outer, line)
	}
	if r.left.may(len(from.saved), line) {
		for name, v := range from.saved {
			r.set(name, v.text, v.known, true)
		}
	}
}

// saveEnv puts variables into grubenv. It is assumed that GRUB can write to the file.
func (r *run) saveEnv(names []word, surely bool) {
	for _, w := range names {
		name := w.raw()
		text, known := r.value(name)
		if r.saved == nil {
			r.saved = map[string]variable{}
		}
		r.saved[name] = variable{text: text, known: known && surely && !r.blurred}
	}
}

// assign is NAME=value, as the argument of set or alone.
func (r *run) assign(w word, surely bool) {
	name, _, ok := strings.Cut(w.literal(), "=")
	if !ok || name == "" || strings.ContainsFunc(name, func(c rune) bool { return c > 'z' || !nameByte(byte(c), false) }) {
		return
	}
	text, known := r.all(w)
	r.set(name, strings.TrimPrefix(text, name+"="), known, surely)
}

// words returns the arguments that GRUB makes of words.
func (r *run) words(words []word) (texts []string) {
	for _, w := range words {
		known := true
		for _, text := range w.arguments(r.values(&known)) {
			r.left.bytes -= len(text)
			texts = append(texts, text)
		}
	}
	return texts
}
