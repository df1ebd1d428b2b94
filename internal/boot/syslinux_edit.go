package boot

import (
	"errors"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// syslinuxConfig edits the arguments in each label of a file of SYSLINUX that boots Xen. It is an
// error if that would change another label: labels may share the APPEND before all of them. What
// update-extlinux has made since is returned as it is.
func (t target) syslinuxConfig(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
	if syslinux.Generated(content) {
		return content, nil
	}
	config := syslinux.Parse(content)
	var edits []edit.Edit
	var titles titles
	editLabel := config.EditDom0
	if t.xen {
		editLabel = config.EditXen
	}
	want := syslinuxEntries("", content)
	for i, l := range config.XenLabels() {
		if l.Recovery() && !t.recovery {
			continue
		}
		line := t.entryLine(&want[i])
		o := operation(titles.next(l.Title, l.Recovery()), *line)
		edited, err := line.Apply(o)
		if err == nil {
			var e edit.Edit
			if e, err = editLabel(l, o); !slices.Contains(edits, e) { // labels may share a line
				edits = append(edits, e)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("the entry %q: %w", l.Title, err)
		}
		*line = edited
	}
	edited, err := applyAll(content, edits)
	if err != nil {
		return nil, err
	}
	return edited, sameEntries(syslinuxEntries("", edited), want)
}

// entryLine returns the arguments of the target in an entry.
func (t target) entryLine(e *Entry) *grub.CommandLine {
	if t.xen {
		return &e.Hypervisor.Arguments
	}
	return &e.Dom0
}

// sameEntries returns an error unless the entries of an edited file are those that it was to have.
func sameEntries(got, want []Entry) error {
	if len(got) != len(want) {
		return errors.New("the arguments cannot be edited alone")
	}
	for i, e := range got {
		w := want[i]
		same := e.Title == w.Title && e.Line == w.Line && e.Hypervisor.File == w.Hypervisor.File && e.Kernel == w.Kernel && slices.Equal(e.Initrds, w.Initrds)
		if !same || !slices.Equal(wordsOf(e.Dom0), wordsOf(w.Dom0)) || !slices.Equal(wordsOf(e.Hypervisor.Arguments), wordsOf(w.Hypervisor.Arguments)) {
			return fmt.Errorf("line %d: the entry %q shares its arguments with another entry", e.Line, e.Title)
		}
	}
	return nil
}
