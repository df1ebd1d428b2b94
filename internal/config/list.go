package config

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// List is the declared list as it was read by Open, with the edits made since.
// The edits are in memory: Changes returns what they make of the files. Goroutines
// may not share a List.
type List struct {
	files    []*file
	problems Problems // of the folder and the number of its files
}

// file is one file of the list.
type file struct {
	old       change.State // as it was read
	err       error        // why it could not be read; it counts as empty
	link      bool         // its name is that of a symbolic link
	*document              // as it is after the edits
}

// Open reads the list: File first, and then the files of DropIns in the order of
// their names, each exactly once. No list is an empty one. What cannot be read or
// followed is in Problems, and the devices that it does not concern are in
// Devices.
func Open(f sysfs.FS) *List {
	names, problems := names(f)
	l := &List{problems: problems}
	for _, name := range names {
		l.files = append(l.files, openFile(f, name))
	}
	return l
}

// Devices returns the devices of the list, in its order. A device that is declared
// twice is the first of the two.
func (l *List) Devices() []Declared {
	devices, _ := l.check()
	return devices
}

// Problems returns everything that is wrong with the list, in the order of the
// files; none where nothing is.
func (l *List) Problems() Problems {
	_, problems := l.check()
	return problems
}

func (l *List) check() ([]Declared, Problems) {
	var list []Declared
	problems := slices.Clone(l.problems)
	for _, file := range l.files {
		if file.err != nil {
			problems = append(problems, Problem{File: file.name, Reason: file.err.Error()})
		}
		list = append(list, file.devices...)
		problems = append(problems, file.problems.most()...)
	}
	list, twice := once(list)
	if len(list) > maxDevices {
		beyond := list[maxDevices]
		problems = append(problems, Problem{beyond.File, beyond.Line, 1, fmt.Sprintf("this device and those after it are ignored: more than %d devices", maxDevices), ""})
		list = list[:maxDevices]
	}
	return list, append(problems, twice...).sorted()
}

// Changes returns what the edits make of the files: one change for each file that
// differs. The files are ours, so that no backup of them is kept.
func (l *List) Changes() []change.Change {
	var changes []change.Change
	for _, file := range l.files {
		now := change.State{Exists: file.exists, Content: file.text, Mode: file.old.Mode}
		if !now.Exists {
			now = change.State{}
		}
		if c := (change.Change{Path: file.name, Old: file.old, New: now, Ours: true, Follow: true}); !c.Equal() {
			changes = append(changes, c)
		}
	}
	return changes
}

// Contents returns the content of each file of the list that is there, after the edits.
func (l *List) Contents() map[string][]byte {
	all := map[string][]byte{}
	for _, file := range l.files {
		if file.exists {
			all[file.name] = file.text
		}
	}
	return all
}

// DeclaredError reports that a device cannot be added, since it is in the list.
type DeclaredError struct {
	Device Declared // as it stands there
}

// Error says where it is declared.
func (e *DeclaredError) Error() string { return e.Device.Address.String() + " " + e.Reason() }

// Reason says where it is declared.
func (e *DeclaredError) Reason() string {
	return fmt.Sprintf("is declared already, at %s:%d", e.Device.File, e.Device.Line)
}

// Advice is empty: there is nothing to do.
func (e *DeclaredError) Advice() string { return "" }

// UndeclaredError reports that a device is not in the list.
type UndeclaredError struct {
	Address pci.Address
}

// Error names the device.
func (e *UndeclaredError) Error() string { return e.Address.String() + " " + e.Reason() }

// Reason says where the device is not.
func (e *UndeclaredError) Reason() string {
	return "is not declared in " + File + " or " + DropIns
}

// Advice is empty: there is nothing to do.
func (e *UndeclaredError) Advice() string { return "" }
