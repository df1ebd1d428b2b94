package hostboot

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
)

// How long lines and words may be, in bytes without the NUL at the end.
const (
	LongestXenLine  = 1023 // of Xen, which cuts what follows (xen/common/kernel.c)
	LongestXenWord  = 127  // of an option of Xen with its value, since 4.9 (xen/common/kernel.c)
	LongestDom0Line = 1023 // that Xen hands on to dom0's kernel (MAX_GUEST_CMDLINE in xen/public/xen.h)
)

// Place is where something of the boot configuration stands.
type Place struct {
	File    string // "" where that is not known
	Line    int    // from 1; 0 where the whole file is meant
	Setting string // the variable on that line: "GRUB_CMDLINE_XEN_DEFAULT"; "" if it is in none
	Script  string // that wrote the line: "/etc/grub.d/20_linux_xen"; "" if none did
}

// Setting is a variable from which a program makes one of the command lines.
type Setting struct {
	Place Place
	Words []string // that GRUB makes of its value
	Xen   bool     // it is for Xen's line
	Rest  string   // what GRUB does not hand on, since the command ends before it
	Err   error    // GRUB cannot read the value
}

// Word is a word of a command line.
type Word struct {
	Text  string
	Place Place
	Open  bool // GRUB puts in the value of a variable, ${NAME}, which is known only when the machine boots
}

// Line is the command line of Xen, or of dom0's kernel.
type Line struct {
	Text  string
	Words []Word
	Place Place // of the entry that has it
}

// SplitXen splits a command line as Xen does (cmdline_parse in xen/common/kernel.c): at
// blanks, of which no quote is one.
func SplitXen(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ' ' })
}

// splitDom0 splits a command line as the kernel does, and leaves the quotes in the words.
func splitDom0(text string) (words []string) {
	for _, a := range grub.ParseCommandLine(text).Arguments() {
		words = append(words, text[a.Start:a.End])
	}
	return words
}

// Open reports whether a word of the line is known only when the machine boots.
func (l Line) Open() bool { return slices.ContainsFunc(l.Words, func(w Word) bool { return w.Open }) }

// open marks the words in which GRUB's variables are left (grub.Command).
func (l Line) open() {
	for i, w := range l.Words {
		l.Words[i].Open = strings.Contains(w.Text, "${")
	}
}

// Texts returns the words without their places.
func (l Line) Texts() (words []string) {
	for _, w := range l.Words {
		words = append(words, w.Text)
	}
	return words
}

// Leading reports whether a word only stands for the name of the file, before the arguments.
func (w Word) Leading() bool {
	return w.Text == "placeholder" || strings.HasPrefix(w.Text, "/") || strings.HasPrefix(w.Text, "BOOT_IMAGE=")
}

// Value returns the value of the last word with a key; ok is false if there is none.
func (l Line) Value(key string) (value string, ok bool) {
	all := All(l.Words, key)
	if len(all) == 0 {
		return "", false
	}
	_, value, _ = strings.Cut(all[len(all)-1].Text, "=")
	return value, true
}

// Own returns the words before "--": what follows it on Xen's line is for dom0's kernel
// (xen/arch/x86/setup.c), and on dom0's line for init (parse_args in kernel/params.c). "---", by which
// Debian's installer divides its own words, is nothing to either.
func (l Line) Own() []Word { return l.Words[:ArgumentsEnd(l.Texts())] }

// All returns the words with a key.
func All(words []Word, key string) (found []Word) {
	for _, w := range words {
		if before, _, _ := strings.Cut(w.Text, "="); before == key {
			found = append(found, w)
		}
	}
	return found
}

// With returns the line without the words of now, and with those of want at its end. Of these, words that
// were there before keep their place, and new ones have none. If the line lacks a word of now, it was not
// made from these settings yet: then its words that want has are those of earlier settings.
func (l Line) With(now, want []string) Line {
	left := slices.Clone(now)
	if texts := l.Texts(); slices.ContainsFunc(now, func(w string) bool { return !slices.Contains(texts, w) }) {
		left = append(left, want...)
	}
	places := map[string]Place{}
	var words []Word
	for _, w := range slices.Backward(l.Words) {
		if at := slices.Index(left, w.Text); at >= 0 {
			left = slices.Delete(left, at, at+1)
			places[w.Text] = w.Place
			continue
		}
		words = append(words, w)
	}
	slices.Reverse(words)
	for _, text := range want {
		words = append(words, Word{Text: text, Place: places[text]})
	}
	l.Words = words
	l.Text = strings.Join(l.Texts(), " ")
	return l
}
