package config

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Over returns the list with what last had in the place of its broken parts: a file
// that has problems, or cannot be read, has its own devices first and then those
// that the same file had in last, unless l declares their addresses. The problems are
// those of l. The result is for looking at: it must not be edited.
//
// So a list that a person is editing loses no device by a slip of the keyboard. A
// device that is taken off a file stays until the file has no problems.
func (l *List) Over(last *List) *List {
	over := &List{problems: l.problems}
	declared := map[pci.Address]bool{}
	for _, d := range l.Devices() {
		declared[d.Address] = true
	}
	add := func(f, before *file) {
		merged := *f.document
		merged.devices = slices.Clone(merged.devices)
		for _, d := range before.devices {
			if !declared[d.Address] {
				declared[d.Address] = true
				merged.devices = append(merged.devices, d)
			}
		}
		over.files = append(over.files, &file{old: f.old, err: f.err, link: f.link, document: &merged})
	}
	for _, f := range l.files {
		if before := last.named(f.name); before != nil && f.broken() {
			add(f, before)
		} else {
			over.files = append(over.files, f)
		}
	}
	if len(l.problems) > 0 { // the folder cannot be listed, or has too many files
		for _, before := range last.files {
			if l.named(before.name) == nil {
				add(&file{document: parse(before.name, nil)}, before)
			}
		}
	}
	return over
}

func (f *file) broken() bool { return f.err != nil || len(f.problems) > 0 }

// named returns a file of the list; nil where it has no such file.
func (l *List) named(name string) *file {
	for _, f := range l.files {
		if f.name == name {
			return f
		}
	}
	return nil
}
