package grub

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

// Xen returns what a stanza that boots Xen loads: the hypervisor by kernel, and dom0's
// kernel and the rest by module. ok is false for any other stanza.
func (s Stanza) Xen() (x Xen, ok bool) {
	images := s.xenCommands()
	if len(images) < 2 {
		return Xen{}, false
	}
	x.Hypervisor = images[0].image()
	x.Dom0 = images[1].image()
	for _, c := range images[2:] {
		x.Modules = append(x.Modules, c.image())
	}
	return x, true
}

// xenCommands returns the last kernel line, if that is Xen's, and the modules after it:
// a kernel line makes GRUB drop what was loaded before. Where that line has tboot, Xen is the
// first module.
func (s Stanza) xenCommands() []MenuCommand {
	var images []MenuCommand
	for _, c := range s.Commands {
		switch c.Name {
		case "kernel":
			images = []MenuCommand{c}
		case "module", "modulenounzip":
			if len(images) > 0 {
				images = append(images, c)
			}
		}
	}
	if len(images) > 0 && isTboot(images[0].image().File) {
		images = images[1:]
	}
	if len(images) < 2 || !bootsXen(images[0].image().File, images[1].image().File) || images[1].image().File == "" {
		return nil
	}
	return images
}

// Recovery reports whether the stanza is for recovery: it has one of
// RecoveryWords among dom0's arguments, or recovery, rescue, single-user, failsafe, safe
// mode or emergency in its title. Hide nothing there.
func (s Stanza) Recovery() bool {
	var kernel CommandLine
	if x, ok := s.Xen(); ok {
		kernel = x.Dom0.Arguments
	} else {
		for _, c := range s.Commands {
			if c.Name == "kernel" {
				kernel = c.image().Arguments
			}
		}
	}
	return Recovery(s.Title, kernel)
}

// image separates file and arguments.
func (c MenuCommand) image() Image {
	v, file := c.words()
	line := ParseCommandLine(string(v.text[file:]))
	return Image{File: string(v.text[:file]), Arguments: line, Line: c.Line}
}

// words returns the argument without options and trailing blanks, and where its file
// ends.
func (c MenuCommand) words() (v view, file int) {
	v = c.view
	for {
		n := 0
		for n < len(v.text) && v.text[n] != ' ' {
			n++
		}
		if !strings.HasPrefix(string(v.text[:n]), "--") {
			file = n
			break
		}
		for n < len(v.text) && v.text[n] == ' ' {
			n++
		}
		v = v.from(n)
	}
	end := len(v.text)
	for end > 0 && v.text[end-1] == ' ' {
		end--
	}
	v.text = v.text[:end]
	return v, file
}

// Dom0Stanzas returns the indexes in Stanzas of those that boot Xen and are not
// for recovery: those in which dom0's arguments name the devices to hide.
func (m *MenuList) Dom0Stanzas() []int {
	var places []int
	for i, s := range m.Stanzas {
		if _, ok := s.Xen(); ok && !s.Recovery() {
			places = append(places, i)
		}
	}
	return places
}

// EditDom0 returns the edit by which an operation changes the arguments of dom0's
// kernel in Stanzas[stanza]. It is an error if that does not boot Xen, or if the
// line would be longer than GRUB reads.
//
// Make edits of several stanzas one after the other: apply one and read the menu
// again.
func (m *MenuList) EditDom0(stanza int, o Operation) (edit.Edit, error) {
	return m.editImage(stanza, 1, o)
}

// EditXen is EditDom0 for the arguments of the hypervisor.
func (m *MenuList) EditXen(stanza int, o Operation) (edit.Edit, error) {
	return m.editImage(stanza, 0, o)
}

// editImage edits the arguments of the hypervisor, image 0, or of dom0's kernel, image 1.
func (m *MenuList) editImage(stanza, image int, o Operation) (edit.Edit, error) {
	if stanza < 0 || stanza >= len(m.Stanzas) {
		return edit.Edit{}, fmt.Errorf("the menu has no stanza %d", stanza)
	}
	s := m.Stanzas[stanza]
	images := s.xenCommands()
	if len(images) < 2 {
		return edit.Edit{}, fmt.Errorf("line %d: %q does not boot Xen", s.Line, s.Title)
	}
	// The file is the first word, so that an argument always follows a word; its
	// name does not matter.
	command := images[image]
	v, file := command.words()
	splices, err := o.on(ParseFileLine(strings.Repeat("x", file) + string(v.text[file:])))
	if err != nil {
		return edit.Edit{}, fmt.Errorf("line %d: %w", command.Line, err)
	}
	grown := 0
	for _, s := range splices {
		grown += len(s.with) - (s.end - s.start)
	}
	if length := command.length + grown; grown > 0 && length > maxMenuLine {
		return edit.Edit{}, fmt.Errorf("line %d: the line would have %d bytes, and GRUB reads only %d", command.Line, length, maxMenuLine)
	}
	return v.edit(m.data, splices, asIs), nil
}

// maxMenuLine is how much of a line GRUB legacy reads, in bytes; it ignores the rest
// without a warning (NEW_HEAPSIZE in stage2/shared.h).
const maxMenuLine = 1500

func asIs(text string) string {
	return text
}
