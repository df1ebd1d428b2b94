package grub

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

// OptionXenKernel is the option with the arguments of dom0's kernel in Xen stanzas, after
// those of "kopt". Debian's update-grub of GRUB legacy keeps such options in comments
// of menu.lst, and rewrites the stanzas from them at each kernel update, which removes
// an argument that only a stanza has.
const OptionXenKernel = "xenkopt"

// OptionXenHypervisor is the option with the arguments of Xen in those stanzas.
const OptionXenHypervisor = "xenhopt"

// The lines between which update-grub looks for options. They have no other text.
const (
	automagicBegin = "### BEGIN AUTOMAGIC KERNELS LIST"
	automagicEnd   = "### END DEBIAN AUTOMAGIC KERNELS LIST"
	optionsBegin   = "## ## Start Default Options ##"
	optionsEnd     = "## ## End Default Options ##"
)

// Automagic reports whether update-grub of GRUB legacy writes stanzas into this
// menu.
func (m *MenuList) Automagic() bool {
	for line := range bytes.Lines(m.data) {
		if string(bytes.TrimRight(line, "\r\n")) == automagicBegin {
			return true
		}
	}
	return false
}

// Option returns the value of "# name=value" among update-grub's default options, and
// its line, from 1. As update-grub does, it joins the values if there are several; line
// is that of the last.
func (m *MenuList) Option(name string) (value string, line int, ok bool) {
	views, lines := m.options(name)
	for i, v := range views {
		if i > 0 {
			value += " "
		}
		value += string(v.text)
		line = lines[i]
	}
	return value, line, len(views) > 0
}

// EditOption returns the edit by which an operation changes the last
// "# name=value" of update-grub's default options. It is an error if there is
// none.
func (m *MenuList) EditOption(name string, o Operation) (edit.Edit, error) {
	views, lines := m.options(name)
	if len(views) == 0 {
		return edit.Edit{}, fmt.Errorf("update-grub's options have no %q", "# "+name+"=")
	}
	v := views[len(views)-1]
	splices, err := o.on(ParseCommandLine(string(v.text)))
	if err != nil {
		return edit.Edit{}, fmt.Errorf("line %d: %w", lines[len(lines)-1], err)
	}
	return v.edit(m.data, splices, asIs), nil
}

func (m *MenuList) options(name string) (views []view, lines []int) {
	list, options := false, false
	at, line := 0, 0
	for text := range bytes.Lines(m.data) {
		start := at
		at += len(text)
		line++
		content := string(bytes.TrimRight(text, "\r\n"))
		switch content {
		case automagicBegin:
			list = true
		case automagicEnd:
			list, options = false, false
		case optionsBegin:
			options = list
		case optionsEnd:
			options = false
		}
		value, found := strings.CutPrefix(content, "# "+name+"=")
		if !options || !found {
			continue
		}
		from := start + len(content) - len(value)
		v := view{base: from}
		for i := range len(value) {
			v.add(value[i], from+i, from+i+1)
		}
		views = append(views, v)
		lines = append(lines, line)
	}
	return views, lines
}
