package modprobe

import "strings"

// maxCommandLine is what kmod reads of /proc/cmdline, in bytes (KCMD_LINE_SIZE
// in libkmod/libkmod-config.c without the NUL at its end).
const maxCommandLine = 4095

// state is what a place on the kernel command line is taken for.
type state uint8

const (
	inModule state = iota
	inParameter
	inValue
	ignored
)

// commandLine goes over the kernel's command line (kmod_config_parse_kcmdline).
type commandLine struct {
	text   string
	state  state
	quoted bool // an odd number of quotes was seen
	whole  bool // the open quote is before the module's name
	module int  // where that name begins
	dot    int  // where it ends
	found  []Directive
}

// parseCommandLine returns what the kernel command line says to modprobe:
// MODULE.PARAMETER[=VALUE] are options, also after "--", and
// modprobe.blacklist= has modules apart by commas.
//
// Quotes may enclose a value or the whole word, and only within them are blanks
// allowed.
func parseCommandLine(text string) []Directive {
	text = text[:min(len(text), maxCommandLine)]
	text, _, _ = strings.Cut(text, "\x00")
	l := &commandLine{text: text}
	for i := range len(text) {
		l.step(i)
	}
	l.separate(len(text))
	return l.found
}

func (l *commandLine) step(i int) {
	switch c := l.text[i]; {
	case c == '"':
		l.quoted = !l.quoted
		if l.quoted && l.state == inModule && i == l.module {
			l.module, l.whole = i+1, true
		} else if l.state != inValue {
			l.state = ignored
		}
	case space(c):
		l.separate(i)
	case c == '.' && l.state == inModule:
		l.dot, l.state = i, inParameter
	case c == '.' && l.state == inParameter:
		l.state = ignored
	case c == '=' && l.state == inParameter:
		l.state = inValue
	case c == '=' && l.state == inModule:
		l.state = ignored
	}
}

// separate is a blank at i, or the end of the line.
func (l *commandLine) separate(i int) {
	if l.quoted {
		if l.state != inValue {
			l.state = ignored
		}
		return
	}
	if l.state == inParameter || l.state == inValue {
		l.take(l.text[l.module:l.dot], l.text[l.dot+1:i])
	}
	l.state, l.whole, l.module = inModule, false, i+1
}

func (l *commandLine) take(module, parameter string) {
	if l.whole { // the boot loader moved the quote in front of the word
		name, value, _ := strings.Cut(parameter, "=")
		parameter = name + `="` + value
	}
	if module == "modprobe" && strings.HasPrefix(parameter, "blacklist=") {
		_, names, _ := strings.Cut(parameter, "=")
		for name := range strings.SplitSeq(names, ",") {
			l.found = append(l.found, Directive{Kind: Blacklist, Module: name})
		}
		return
	}
	if name, ok := PatternName(module); ok {
		l.found = append(l.found, Directive{Kind: Options, Module: name, Text: strings.ReplaceAll(parameter, "\t", " ")})
	}
}
