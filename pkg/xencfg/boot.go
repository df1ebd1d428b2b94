package xencfg

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// Boot is what xen.efi loads by one section.
type Boot struct {
	Section string           // the section's name; "" if xen.efi can find its kernel only without a name
	Default bool             // it boots if the command line of xen.efi names no section
	Xen     grub.CommandLine // the hypervisor's options
	XenLine int              // of "options=", from 1; 0 if there is none
	Dom0    grub.Image       // dom0's kernel; its line is that of "kernel="
	Ramdisk string           // "" if there is none
	Unended bool             // as in Setting, of "kernel="

	start   int     // of the arguments of dom0's kernel in the file
	options Setting // of the hypervisor; the zero value if there is none
}

// Boots returns what can be booted by this file, in the order of the file. section is
// what boots by default: the value of Default, or, for a file that another one chains to,
// the value of Default of that one. A section without a kernel is not among them, nor is one that xen.efi cannot find.
func (c *Config) Boots(section string) []Boot {
	chosen, found := c.Setting(section, "kernel")
	var boots []Boot
	seen := map[string]bool{}
	for _, s := range c.Sections {
		reachable := s.Name != "" && !seen[s.Name]
		seen[s.Name] = true
		kernel, ok := s.setting("kernel")
		file := fileEnd(kernel.Value)
		byDefault := ok && found && kernel.start == chosen.start
		if file == 0 || !reachable && !byDefault {
			continue
		}
		options, _ := s.setting("options")
		ramdisk, _ := s.setting("ramdisk")
		if byDefault { // without a name, they may be of other sections
			options, _ = c.Setting(section, "options")
			ramdisk, _ = c.Setting(section, "ramdisk")
		}
		b := Boot{Default: byDefault, Xen: grub.ParseCommandLine(options.Value), XenLine: options.Line, Ramdisk: ramdisk.Value, Unended: kernel.Unended}
		if reachable {
			b.Section = s.Name
		}
		b.start, b.options = kernel.start+file, options
		b.Dom0 = grub.Image{File: kernel.Value[:file], Arguments: grub.ParseCommandLine(kernel.Value[file:]), Line: kernel.Line}
		boots = append(boots, b)
	}
	return boots
}

// fileEnd returns where the file name of a value ends (split_string).
func fileEnd(value string) (end int) {
	for end < len(value) && !blank(value[end]) {
		end++
	}
	return end
}

// Recovery reports whether the section is for recovery, by the rule of
// grub.Stanza.Recovery: its name stands for the title. Hide nothing there.
func (b Boot) Recovery() bool { return grub.Recovery(b.Section, b.Dom0.Arguments) }

// EditDom0 returns the edit by which an operation changes the arguments of dom0's
// kernel in b, which is of this file. It is an error if the arguments cannot be
// written, or if the line does not end in a newline.
//
// Each edit is of another line, so the edits of several boots can be made together.
func (c *Config) EditDom0(b Boot, o grub.Operation) (edit.Edit, error) {
	if b.Unended {
		return edit.Edit{}, fmt.Errorf("line %d: the file does not end in a newline, and xen.efi may ignore its last line", b.Dom0.Line)
	}
	// The file is the first word, so that an argument always follows a word; its name
	// does not matter.
	old := b.Dom0.Arguments.String()
	file := strings.Repeat("x", len(b.Dom0.File))
	line, err := grub.ParseFileLine(file + old).Apply(o)
	if err != nil {
		return edit.Edit{}, fmt.Errorf("line %d: %w", b.Dom0.Line, err)
	}
	return edit.Edit{Offset: b.start, Old: old, New: line.String()[len(file):]}, nil
}

// EditXen returns the edit by which an operation changes the options of the hypervisor in b. A
// section without the line "options=" gets one, before its kernel. Sections without a name may share
// that line, and then have the same edit.
func (c *Config) EditXen(b Boot, o grub.Operation) (edit.Edit, error) {
	if b.options.Unended {
		return edit.Edit{}, fmt.Errorf("line %d: the file does not end in a newline, and xen.efi may ignore its last line", b.XenLine)
	}
	line, err := b.Xen.Apply(o)
	if err != nil {
		return edit.Edit{}, fmt.Errorf("line %d: %w", max(b.XenLine, b.Dom0.Line), err)
	}
	switch {
	case b.XenLine > 0:
		return edit.Edit{Offset: b.options.start, Old: b.options.Value, New: line.String()}, nil
	case line.String() == "":
		return edit.Edit{}, nil
	}
	at := bytes.LastIndexByte(c.data[:b.start], '\n') + 1
	return edit.Edit{Offset: at, New: "options=" + line.String() + "\n"}, nil
}
