package modprobe

import (
	"fmt"
	"strings"
)

// maxModuleName is the length of the longest name of a module, in bytes:
// MODULE_NAME_LEN in include/linux/module.h without the NUL at its end.
const maxModuleName = 55

// Name returns a module's name as the kernel and kmod compare it, with '_' for '-'.
func Name(module string) string { return strings.ReplaceAll(module, "-", "_") }

// NameError reports text that a program would not read as one name, value or line, so
// that it is not written into a configuration.
type NameError struct {
	Input  string
	What   string // "module", "parameter", "value" or "line"
	Reason string
}

// Error quotes the input and says what is wrong.
func (e *NameError) Error() string {
	return fmt.Sprintf("%s %.80q: %s", e.What, e.Input, e.Reason)
}

// CheckName returns a *NameError unless module consists of letters, digits, '_' and '-',
// is not too long, and does not begin with '-', which modprobe takes for an option. A
// shell reads such a name as one plain word.
func CheckName(module string) error { return checkWord("module", module) }

func checkWord(what, word string) error {
	reason := ""
	switch {
	case word == "":
		reason = "it is empty"
	case len(word) > maxModuleName:
		reason = fmt.Sprintf("it is longer than %d bytes", maxModuleName)
	case word[0] == '-':
		reason = "it begins with '-'"
	case strings.ContainsFunc(word, outsideName):
		reason = "only letters, digits, '_' and '-' are allowed"
	default:
		return nil
	}
	return &NameError{Input: word, What: what, Reason: reason}
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func outsideName(r rune) bool { return !strings.ContainsRune(nameBytes, r) }

// checkValue returns a *NameError unless kmod, the kernel and a kernel command line
// read value as one word.
func checkValue(value string) error {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"'\\#", c) >= 0 {
			return &NameError{Input: value, What: "value", Reason: fmt.Sprintf("%q is not allowed", c)}
		}
	}
	return nil
}

// PatternName returns a name or a pattern of a configuration file as kmod keeps it:
// with '_' for '-', except within brackets. ok is false if the brackets are not in
// pairs, for which kmod rejects the line (underscores in shared/util.c).
func PatternName(name string) (normal string, ok bool) {
	if !strings.ContainsAny(name, "-[]") {
		return name, true
	}
	b := []byte(name)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '-':
			b[i] = '_'
		case ']':
			return "", false
		case '[':
			end := strings.IndexByte(name[i:], ']')
			if end < 0 {
				return "", false
			}
			i += end
		}
	}
	return string(b), true
}
