package config

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Where the list is, below the root.
const (
	File    = "/etc/xenpci/devices.toml"
	DropIns = "/etc/xenpci/devices.d"
)

// The bounds of the list: far beyond what a machine has slots for.
const (
	maxFiles   = 64
	maxNames   = 4096      // in DropIns, whatever they are called
	maxFile    = 256 << 10 // bytes of one file
	maxDevices = 1024

	maxProblems = 100 // that are told of one file
)

var errLarge = errors.New("it is larger than 256 KiB") // maxFile

// suffix is that of the files in DropIns; those that begin with a dot are none.
const suffix = ".toml"

// Read reads the whole list: File first, and then the files of DropIns in the
// order of their names. No list is an empty one.
//
// The error is a Problems, and what could be read is returned beside it.
func Read(f sysfs.FS) ([]Declared, error) { return read(f, nil) }

// read is Read after changes that are planned.
func read(f sysfs.FS, planned []Change) ([]Declared, error) {
	var list []Declared
	names, problems := files(f)
	for _, name := range names {
		doc, err := open(f, name, planned)
		if err != nil {
			problems = append(problems, Problem{File: name, Text: err.Error()})
			continue
		}
		list = append(list, doc.devices()...)
		problems = append(problems, doc.problems.most()...)
	}
	list, twice := once(list)
	if len(list) > maxDevices {
		beyond := list[maxDevices]
		problems = append(problems, Problem{beyond.File, beyond.Line, 1, fmt.Sprintf("this and what follows are more than %d devices", maxDevices), ""})
		list = list[:maxDevices]
	}
	return list, append(problems, twice...).err()
}

// files are the files of the list.
func files(f sysfs.FS) ([]string, Problems) {
	names := []string{File}
	entries, err := f.Entries(DropIns+"/.", maxNames+1) // the folder may be a link
	switch {
	case err != nil && !sysfs.IsNotExist(err):
		return names, Problems{{File: DropIns, Text: cause(err)}}
	case len(entries) > maxNames: // which of them come first is not known
		return names, Problems{{File: DropIns, Text: fmt.Sprintf("it has more than %d files, and none of them is read", maxNames)}}
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, suffix) && !strings.HasPrefix(name, ".") {
			names = append(names, path.Join(DropIns, name))
		}
	}
	slices.Sort(names[1:])
	if len(names) > maxFiles {
		return names[:maxFiles], Problems{{File: names[maxFiles], Text: fmt.Sprintf("this and what follows are more than %d files", maxFiles)}}
	}
	return names, nil
}

// open reads one file, as it is after what is planned; one that is not there is
// empty.
func open(f sysfs.FS, name string, planned []Change) (*document, error) {
	for _, c := range slices.Backward(planned) {
		if c.File == name {
			doc := parse(name, c.New)
			doc.exists = c.New != nil
			return doc, nil
		}
	}
	text, exists, err := etc.Read(f, name)
	if err != nil {
		return nil, errors.New(cause(err))
	}
	if len(text) > maxFile {
		return nil, errLarge
	}
	doc := parse(name, text)
	doc.exists = exists
	return doc, nil
}

// cause is an error about a file without the file's name, which a Problem has.
func cause(err error) string {
	_, text, _ := strings.Cut(err.Error(), ": ")
	return text
}

// once takes a device that is declared twice where it stands first.
func once(list []Declared) ([]Declared, Problems) {
	var problems Problems
	first := map[pci.Address]Declared{}
	kept := list[:0]
	for _, d := range list {
		if before, twice := first[d.Address]; twice {
			problems = append(problems, Problem{
				d.File, d.Line, 1, fmt.Sprintf("%s is declared twice", d.Address),
				fmt.Sprintf("what counts is at %s:%d", before.File, before.Line),
			})
			continue
		}
		first[d.Address] = d
		kept = append(kept, d)
	}
	return kept, problems
}
