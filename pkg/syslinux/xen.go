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
	program, more, _ := strings.Cut(l.Kernel, " ")
	if !strings.EqualFold(path.Base(program), "mboot.c32") {
		return grub.Xen{}, false
	}
	line := l.AppendLine
	if line == 0 {
		line = l.Line
	}
	var images []grub.Image
	var words []string
	add := func() {
		if len(words) > 0 {
			images = append(images, grub.Image{File: words[0], Arguments: grub.ParseCommandLine(strings.Join(words[1:], " ")), Line: line})
		}
		words = nil
	}
	for _, w := range strings.Fields(more + " " + l.Arguments) {
		switch {
		case w == separator:
			add()
		case len(images) == 0 && len(words) == 0 && strings.HasPrefix(w, "-"): // an option of mboot.c32
		default:
			words = append(words, w)
		}
	}
	add()
	return grub.XenOf(images)
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
