// Package intent records, under /run/xenpci, what was last decided about the device
// at an address in this boot, so that a program which keeps devices hidden can tell
// a person's decision from an accident. The folder goes with the boot.
package intent

import (
	"errors"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Dir is the folder of the records, without the root: one file for each address.
const Dir = "/run/xenpci/intent"

// maxRecords and maxRecord bound what is read.
const (
	maxRecords = 4096
	maxRecord  = 64 // bytes
)

// Intent is what was decided.
type Intent string

// The decisions. No record is None.
const (
	None      Intent = ""
	Hidden    Intent = "hidden"     // it was hidden, or seen to be hidden
	GivenBack Intent = "given back" // somebody gave it back to dom0
	Reserved  Intent = "reserved"   // no device was there, and its slot was registered with pciback in advance
)

// All returns the decisions that still hold. Where some cannot be read, the error says why,
// and the others are returned beside it.
//
// registration is that of pciback now, which is another number after pciback was unloaded with
// all of its slots (see pciback.Module). That a device was hidden before says nothing then:
// its slot is absent, and nobody has removed it.
func All(f sysfs.FS, registration uint64) (map[pci.Address]Intent, error) {
	entries, err := f.Entries(Dir, maxRecords)
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[pci.Address]Intent{}
	var errs []error
	for _, entry := range entries {
		a, err := pci.ParseAddress(entry.Name())
		if err != nil || a.String() != entry.Name() {
			continue // the temporary file of a writer that died
		}
		content, err := f.Read(path.Join(Dir, entry.Name()), maxRecord)
		switch {
		case sysfs.IsNotExist(err):
		case err != nil:
			errs = append(errs, err)
		default:
			all[a] = parse(string(content), registration)
		}
	}
	return all, errors.Join(errs...)
}

// parse returns None for what no version writes, and for what does not hold any more.
func parse(content string, registration uint64) Intent {
	record, whole := strings.CutSuffix(content, "\n")
	if !whole {
		return None
	}
	word, number, numbered := strings.Cut(record, " @")
	for _, i := range []Intent{Hidden, GivenBack, Reserved} {
		switch {
		case word != string(i):
		case i == Hidden && numbered && registration != 0 && number != strconv.FormatUint(registration, 10):
			return None
		default:
			return i
		}
	}
	return None
}

// Set records the decision about the device at an address, and None removes the
// record. A reader sees the record before or the new one. registration is that of pciback, 0
// where it is not known.
func Set(f sysfs.FS, a pci.Address, i Intent, registration uint64) error {
	name := f.Path(path.Join(Dir, a.String()))
	if i == None {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	record := string(i)
	if i == Hidden && registration != 0 {
		record += " @" + strconv.FormatUint(registration, 10)
	}
	return etc.Replace(f, path.Join(Dir, a.String()), []byte(record+"\n"), etc.Options{NoBackup: true})
}
