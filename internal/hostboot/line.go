package hostboot

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
)

// Place is where something of the boot configuration stands.
type Place struct {
	File    string // "" where that is not known
	Line    int    // from 1; 0 where the whole file is meant
	Setting string // the variable on that line: "GRUB_CMDLINE_XEN_DEFAULT"; "" if it is in none
	Script  string // that wrote the line: "/etc/grub.d/20_linux_xen"; "" if none did
}

// Word is a word of a command line.
type Word struct {
	Text  string
	Place Place
}

// Line is the command line of Xen, or of dom0's kernel.
type Line struct {
	Text  string
	Words []Word
	Place Place // of the entry that has it
}

// splitXen splits a command line as Xen does (cmdline_parse in xen/common/kernel.c): at
// blanks, of which no quote is one.
func splitXen(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ' ' })
}

// splitDom0 splits a command line as the kernel does, and leaves the quotes in the words.
func splitDom0(text string) (words []string) {
	for _, a := range grub.ParseCommandLine(text).Arguments() {
		words = append(words, text[a.Start:a.End])
	}
	return words
}
