package modprobe

import (
	"fmt"
	"strings"
)

// maxModuleName is the length of the longest name of a module, in bytes:
// MODULE_NAME_LEN in include/linux/module.h without the NUL at its end.
const maxModuleName = 55

// Name is the module's name as the kernel and kmod compare it: '-' and '_' are
// alike.
func Name(module string) string { return strings.ReplaceAll(module, "-", "_") }

// NameError is text that is not written into a configuration, since a program
// would read more in it than a name or a value.
type NameError struct {
	Input  string
	What   string // "module", "parameter" or "value"
	Reason string
}

// Error quotes the input and says what is wrong.
func (e *NameError) Error() string {
	return fmt.Sprintf("%s %.80q: %s", e.What, e.Input, e.Reason)
}

// CheckName returns a *NameError unless module is letters, digits, '_' and '-'
// alone, not too long, and does not begin with '-', which modprobe takes for an
// option. A shell reads such a name as one word, and as nothing but a word.
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
		reason = "only letters, digits, '_' and '-' may be in it"
	default:
		return nil
	}
	return &NameError{Input: word, What: what, Reason: reason}
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func outsideName(r rune) bool { return !strings.ContainsRune(nameBytes, r) }

// checkValue returns a *NameError unless value stays one word for kmod, for the
// kernel and on a kernel command line.
func checkValue(value string) error {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"'\\#", c) >= 0 {
			return &NameError{Input: value, What: "value", Reason: fmt.Sprintf("%q may not be in it", c)}
		}
	}
	return nil
}

// PatternName is a name or a pattern of a configuration file as kmod keeps it: '-'
// is '_' but within brackets. ok is false where brackets are not in pairs, by
// which kmod refuses the line (underscores in shared/util.c).
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
