package grub

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

// Generated reports whether grub-mkconfig made a grub.cfg, so that an edit of it would be
// lost when it is made again.
func Generated(config []byte) bool { return len(sections(config)) > 0 }

// EditDom0 returns the edit by which an operation changes the arguments of dom0's kernel in
// an entry of this file. Blanks and quotes between the other arguments stay as they are. It is
// an error if the entry does not boot Xen.
//
// Entries that a function makes share their commands, and the edit of one is then the edit of
// all: read the file again before you write it.
func (c *Config) EditDom0(e Entry, o Operation) (edit.Edit, error) {
	return c.editImage(e, 1, o)
}

// EditXen is EditDom0 for the arguments of the hypervisor.
func (c *Config) EditXen(e Entry, o Operation) (edit.Edit, error) {
	return c.editImage(e, 0, o)
}

// editImage edits the arguments of the hypervisor, image 0, or of dom0's kernel, image 1.
func (c *Config) editImage(e Entry, image int, o Operation) (edit.Edit, error) {
	x, ok := e.Xen()
	if !ok {
		return edit.Edit{}, fmt.Errorf("line %d: %q does not boot Xen", e.Line, e.Title)
	}
	commands := e.loads()
	command := commands[len(commands)-len(x.Modules)-2+image]
	v, ok := c.written(command)
	if !ok {
		return edit.Edit{}, fmt.Errorf("line %d: it cannot be told which word is the file", command.Line)
	}
	splices, err := o.on(ParseFileLine(string(v.text)))
	if err != nil {
		return edit.Edit{}, fmt.Errorf("line %d: %w", command.Line, err)
	}
	return v.edit(c.data, splices, asIs), nil
}

// written is a command's file, as one byte, and its arguments as they are written, with one
// blank before each. ok is false if it has no file.
func (c *Config) written(command Command) (v view, ok bool) {
	l := lexer{text: string(c.data[:command.End]), at: command.Start}
	named := false
	for {
		l.skip(false)
		if l.at >= len(l.text) || strings.IndexByte("\n;|&<>{}", l.text[l.at]) >= 0 {
			return v, len(v.text) > 0
		}
		w, why := l.word()
		switch {
		case why != "":
			return view{}, false
		case !named: // the command
			named = true
		case len(v.text) == 0 && w.bare && strings.HasPrefix(w.raw(), "--"):
		case len(v.text) == 0:
			v.add('x', w.start, w.end)
		default:
			v.add(' ', v.end[len(v.end)-1], w.start)
			for at := w.start; at < w.end; at++ {
				v.add(l.text[at], at, at+1)
			}
		}
	}
}
