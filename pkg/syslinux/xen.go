package syslinux

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
)

// separator stands between the files that mboot.c32 loads.
const separator = "---"

// Xen returns what a label that boots Xen loads by mboot.c32: the hypervisor, dom0's
// kernel, and the others, each with its arguments (get_modules in com32/mboot/mboot.c).
// Where tboot is loaded first, the hypervisor is the second file. The lines are that of
// APPEND, or of LABEL if there is none. ok is false for any other label.
func (l Label) Xen() (x grub.Xen, ok bool) {
	line := l.AppendLine
	if line == 0 {
		line = l.Line
	}
	var images []grub.Image
	for _, f := range l.loads() {
		var arguments []string
		for _, w := range f.words[1:] {
			arguments = append(arguments, w.text)
		}
		images = append(images, grub.Image{File: f.words[0].text, Arguments: grub.ParseCommandLine(strings.Join(arguments, " ")), Line: line})
	}
	return grub.XenOf(images)
}

// word is a word of a label's command line.
type word struct {
	text       string
	start, end int  // in the file, in bytes
	appended   bool // it is of APPEND, not of KERNEL
}

// load is a file that mboot.c32 loads, with its arguments.
type load struct{ words []word }

// loads returns what a label has mboot.c32 load; nil for a label with another program.
func (l Label) loads() (all []load) {
	words := split(l.Kernel, l.kernelAt, false)
	if len(words) == 0 || !strings.EqualFold(path.Base(words[0].text), "mboot.c32") {
		return nil
	}
	var f load
	for _, w := range append(words[1:], split(l.Arguments, l.argumentsAt, true)...) {
		switch {
		case w.text == separator:
			if len(f.words) > 0 {
				all = append(all, f)
			}
			f = load{}
		case len(all) == 0 && len(f.words) == 0 && strings.HasPrefix(w.text, "-"): // an option of mboot.c32
		default:
			f.words = append(f.words, w)
		}
	}
	if len(f.words) > 0 {
		all = append(all, f)
	}
	return all
}

// split returns the words of a text that begins somewhere in the file: blanks and control
// characters separate them (com32/lib/sys/argv.c).
func split(text string, at int, appended bool) (words []word) {
	start := -1
	for i := range len(text) + 1 {
		switch between := i == len(text) || text[i] <= ' '; {
		case between && start >= 0:
			words = append(words, word{text[start:i], at + start, at + i, appended})
			start = -1
		case !between && start < 0:
			start = i
		}
	}
	return words
}

// Recovery reports whether the label is for recovery, by the rule of
// grub.Stanza.Recovery. Hide nothing there.
func (l Label) Recovery() bool {
	x, _ := l.Xen()
	return grub.Recovery(l.Title, x.Dom0.Arguments)
}

// XenLabels returns the labels that boot Xen, in the order of the file.
func (c *Config) XenLabels() (found []Label) {
	for _, l := range c.Labels {
		if _, ok := l.Xen(); ok {
			found = append(found, l)
		}
	}
	return found
}
