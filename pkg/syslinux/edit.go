package syslinux

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// maxArguments is how many bytes of arguments SYSLINUX and EXTLINUX up to 4 take: max_cmd_len in
// core/config.inc, where 2047 is called the kernel's limit. Since 5 they read lines of up to 4095 bytes
// (MAX_LINE in com32/elflink/ldlinux/readconfig.c); which one reads a file cannot be told from it, so
// that the smaller number holds for both.
const maxArguments = 2047

// EditDom0 returns the edit by which an operation changes the arguments of dom0's kernel in a label
// of this file. It is an error if the label does not boot Xen, if the arguments stand on two lines, or
// if they would be longer than SYSLINUX reads.
//
// Labels without an APPEND of their own share the one before all labels, and then have the same
// edit.
func (c *Config) EditDom0(l Label, o grub.Operation) (edit.Edit, error) { return c.editImage(l, 1, o) }

// EditXen is EditDom0 for the arguments of the hypervisor.
func (c *Config) EditXen(l Label, o grub.Operation) (edit.Edit, error) { return c.editImage(l, 0, o) }

// editImage edits the arguments of the hypervisor, image 0, or of dom0's kernel, image 1.
func (c *Config) editImage(l Label, image int, o grub.Operation) (edit.Edit, error) {
	x, ok := l.Xen()
	if !ok {
		return edit.Edit{}, fmt.Errorf("line %d: %q does not boot Xen", l.Line, l.Title)
	}
	loads := l.loads()
	words := loads[len(loads)-len(x.Modules)-2+image].words
	file, last := words[0], words[len(words)-1]
	if file.appended != last.appended {
		return edit.Edit{}, fmt.Errorf("line %d: the arguments of %s are on two lines", x.Dom0.Line, file.text)
	}
	old := string(c.data[file.end:last.end])
	// The file is the first word, so that an argument always follows a word; its name does not
	// matter.
	line, err := grub.ParseFileLine("x" + old).Apply(o)
	if err != nil {
		return edit.Edit{}, fmt.Errorf("line %d: %w", x.Dom0.Line, err)
	}
	e := edit.Edit{Offset: file.end, Old: old, New: strings.TrimPrefix(line.String(), "x")}
	if length := len(l.Arguments) + len(e.New) - len(e.Old); len(e.New) > len(e.Old) && length > maxArguments {
		return edit.Edit{}, fmt.Errorf("line %d: the line would have %d bytes of arguments, and SYSLINUX reads only %d", x.Dom0.Line, length, maxArguments)
	}
	return e, nil
}
