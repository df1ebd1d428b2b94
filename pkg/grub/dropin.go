package grub

import (
	"bytes"
	"fmt"
	"strings"
)

// DropInFile is where DropIn is to be written, on systems whose grub-mkconfig
// reads /etc/default/grub.d (Debian and its like). It sorts behind xen.cfg,
// which comes with Debian's hypervisor.
const DropInFile = "/etc/default/grub.d/xenpci.cfg"

// The lines around the block in /etc/default/grub.
const (
	blockBegin = "### BEGIN xenpci"
	blockEnd   = "### END xenpci"
	// blockJoined begins a block before which the last line had no end.
	blockJoined = blockBegin + " (the line above had no end)"
)

// DropIn is the text of DropInFile: it has the devices of list, such as
// "(0000:00:09.0)(0000:00:04.0)", hidden in the normal entries with Xen.
//
// The shell works it out whenever grub.cfg is generated, so that later changes
// of /etc/default/grub still count: what is added goes behind the arguments
// that these entries would have without it. An empty list or one that pciback
// would refuse is a *ListError.
func DropIn(list string) (string, error) {
	line, err := appendLine(list)
	if err != nil {
		return "", err
	}
	return "# Written by xenpci, and written anew by it. The entries with Xen, but for\n" +
		"# those for recovery, hide these devices from dom0.\n" + line, nil
}

func appendLine(list string) (string, error) {
	groups, exact, ok := splitGroups(list)
	if !ok || !exact || len(groups) == 0 || strings.Join(groups, "") != list {
		return "", &ListError{Key: HideKey, Value: list}
	}
	return fmt.Sprintf("%s=\"${%s:-$%s} %s=%s\"\n", XenReplaceDefault, XenReplaceDefault, CmdlineLinuxDefault, HideKey, list), nil
}

// SetBlock is the change that puts the same into /etc/default/grub itself,
// between two marks at its end, for systems that have no grub.d (Fedora). A
// block that is there is replaced, where it stands. The error is that of DropIn,
// or a *NotUnderstoodError where it is not clear that a line at the end would
// be run.
func (d *Defaults) SetBlock(list string) (Change, error) {
	line, err := appendLine(list)
	if err != nil {
		return Change{}, err
	}
	if start, end, ok := d.block(); ok {
		if d.lost != nil {
			return Change{}, d.lost
		}
		old := string(d.data[start:end])
		marks := strings.Index(old, blockBegin)
		first, _, _ := strings.Cut(old[marks:], "\n")
		return d.checked(Change{Offset: start, Old: old, New: old[:marks] + first + "\n" + line + blockEnd + "\n"})
	}
	joined, err := d.end()
	if err != nil {
		return Change{}, err
	}
	first := blockBegin + "\n"
	if joined {
		first = "\n" + blockJoined + "\n"
	}
	return d.checked(Change{Offset: len(d.data), New: first + line + blockEnd + "\n"})
}

// checked reads what a change of the block makes of the file: the assignment in
// it must be one that surely happens.
func (d *Defaults) checked(change Change) (Change, error) {
	with, err := change.Apply(d.data)
	if err != nil {
		return Change{}, err
	}
	after := ParseDefaults(d.Name, with)
	if after.lost != nil {
		return Change{}, after.lost
	}
	for _, st := range after.statements {
		in := st.value.start >= change.Offset && st.value.end <= change.Offset+len(change.New)
		if in && st.name == XenReplaceDefault && st.why == "" {
			return change, nil
		}
	}
	line := bytes.Count(d.data[:change.Offset], []byte("\n")) + 1
	return Change{}, &NotUnderstoodError{File: d.Name, Line: line, Why: "whether the block of xenpci is run"}
}

// RemoveBlock is the change that takes the block out, so that the file is as it
// was before SetBlock. It is Nothing where there is no block.
func (d *Defaults) RemoveBlock() Change {
	start, end, ok := d.block()
	if !ok {
		return Change{}
	}
	return Change{Offset: start, Old: string(d.data[start:end])}
}

// Block is the list of devices in the block; "" where there is none.
func (d *Defaults) Block() string {
	start, end, ok := d.block()
	if !ok {
		return ""
	}
	_, list, _ := strings.Cut(string(d.data[start:end]), HideKey+"=")
	list, _, _ = strings.Cut(list, `"`)
	return list
}

// block finds the block, from its first mark to the end of the last one's line,
// and the line feed before it where that belongs to it and joins no two lines.
func (d *Defaults) block() (start, end int, ok bool) {
	at := 0
	inside, joined := false, ""
	for line := range bytes.Lines(d.data) {
		// An editor may have given the lines ends of its own.
		mark := string(bytes.TrimRight(line, " \t\r\n"))
		switch mark {
		case blockBegin:
			start, inside, joined = at, true, ""
		case blockJoined:
			start, inside, joined = at, true, string(line[len(mark):])
		case blockEnd:
			if inside {
				end = at + len(line)
				if end == len(d.data) {
					start = len(bytes.TrimSuffix(d.data[:start], []byte(joined)))
				}
				return start, end, true
			}
		}
		at += len(line)
	}
	return 0, 0, false
}
