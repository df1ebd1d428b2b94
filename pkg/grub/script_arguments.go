package grub

import "strings"

// ScriptArguments returns the command line that a kernel gets of a text that stands
// in a command of grub.cfg. GRUB's script language takes quotes and backslashes away,
// ends the command at ";" and a few other characters, and begins a comment at "#";
// rest is the text from there on, which the kernel does not get. The error is a
// *SyntaxError if a quote is not closed: grub-mkconfig then keeps the old grub.cfg.
func ScriptArguments(text string) (line CommandLine, rest string, err error) {
	l := lexer{text: text}
	var words []string
	for {
		l.blanks()
		if l.at >= len(text) || strings.IndexByte("#\n;|&<>{}", text[l.at]) >= 0 {
			return ParseCommandLine(strings.Join(words, " ")), strings.TrimSpace(text[l.at:]), nil
		}
		w, why := l.word()
		if why != "" {
			return CommandLine{}, "", &SyntaxError{Line: 1, Why: why}
		}
		if len(w.parts) > 0 { // it is more than a backslash at the end
			words = append(words, loaderWord(w.raw()))
		}
	}
}

// KernelArguments returns what a kernel gets of the value, as ScriptArguments does:
// grub-mkconfig's scripts write the values of the settings into grub.cfg as they are.
func (s Setting) KernelArguments() (line CommandLine, rest string, err error) {
	line, rest, err = ScriptArguments(s.Value)
	if at, ok := err.(*SyntaxError); ok { //nolint:errorlint // it is the type that ScriptArguments returns
		err = &NotUnderstoodError{File: s.File, Line: s.Line, Why: at.Why + " in what GRUB gets, so grub-mkconfig fails"}
	}
	return line, rest, err
}
