package config

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// The files of the list, without the root.
const (
	File    = "/etc/xenpci/devices.toml"
	DropIns = "/etc/xenpci/devices.d"
)

// The bounds of the list: far beyond what a machine has slots for.
const (
	maxFiles   = 64
	maxNames   = 4096      // names in DropIns, of any kind
	maxFile    = 256 << 10 // bytes of one file
	maxDevices = 1024

	maxProblems = 100 // that are reported of one file
)

var errLarge = errors.New("larger than 256 KiB") // maxFile

// suffix is that of the files in DropIns. Names that begin with a dot are ignored.
const suffix = ".toml"

// names returns the names of the list's files, in the order of reading.
func names(f sysfs.FS) ([]string, Problems) {
	all := []string{File}
	entries, err := f.Entries(DropIns+"/.", maxNames+1) // the folder may be a link
	switch {
	case err != nil && !sysfs.IsNotExist(err):
		return all, Problems{{File: DropIns, Reason: cause(err)}}
	case len(entries) > maxNames: // which of them come first cannot be told
		return all, Problems{{File: DropIns, Reason: fmt.Sprintf("more than %d files, of which none is read", maxNames)}}
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, suffix) && !strings.HasPrefix(name, ".") {
			all = append(all, path.Join(DropIns, name))
		}
	}
	slices.Sort(all[1:])
	if len(all) > maxFiles {
		return all[:maxFiles], Problems{{File: all[maxFiles], Reason: fmt.Sprintf("this file and those after it are ignored: more than %d files", maxFiles)}}
	}
	return all, nil
}

// Files returns the names of the list's files that are there, in the order of reading.
func Files(f sysfs.FS) []string {
	all, _ := names(f)
	return slices.DeleteFunc(all, func(name string) bool { return !f.Exists(name) })
}

// openFile reads one file of the list; one that is not there is empty.
func openFile(f sysfs.FS, name string) *file {
	old, err := readFile(f, name)
	if err != nil {
		return &file{err: err, document: parse(name, nil)}
	}
	_, notLink := f.Readlink(name)
	opened := &file{old: old, link: notLink == nil, document: parse(name, old.Content)}
	opened.exists = old.Exists
	return opened
}

// readFile reads a file with its attributes; one that is not there is empty. The
// error is without the file's name.
func readFile(f sysfs.FS, name string) (change.State, error) {
	state, err := change.Now(f).Content(name)
	switch {
	case err != nil:
		return change.State{}, errors.New(cause(err))
	case len(state.Content) > maxFile:
		return change.State{}, errLarge
	}
	return state, nil
}

// cause returns the text of an error about a file without the file's name, which a
// Problem has.
func cause(err error) string {
	_, text, _ := strings.Cut(err.Error(), ": ")
	return text
}

// once keeps the first declaration of each device.
func once(list []Declared) ([]Declared, Problems) {
	var problems Problems
	first := map[pci.Address]Declared{}
	kept := list[:0]
	for _, d := range list {
		if before, twice := first[d.Address]; twice {
			problems = append(problems, Problem{
				d.File, d.Line, 1, fmt.Sprintf("%s is declared twice", d.Address),
				fmt.Sprintf("the declaration at %s:%d takes effect; remove this one", before.File, before.Line),
			})
			continue
		}
		first[d.Address] = d
		kept = append(kept, d)
	}
	return kept, problems
}
