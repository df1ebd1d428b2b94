// Package foreign reads what other tools and hands have configured for hiding
// devices: arguments of dom0's kernel, lines for modprobe, the files of
// driverctl, Alpine's and Qubes' settings. It reads each as its writer meant
// it, says what is wrong with it, and writes nothing. What xenpci itself has
// written is left out.
package foreign

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Machine is what has to be known of a machine to tell what its files mean. It
// is read only, and may be shared between goroutines.
type Machine struct {
	FS      sysfs.FS
	Devices []pci.Device // those that are there, with driver and parent
	Release string       // of the kernel that runs; "" where it is not known
	Module  string       // pciback's module: "xen-pciback", or "pciback" as XenoLinux had it

	// Modules are those that want a device, by its modalias. nil: not known.
	Modules func(modalias string) []string
}

// Where is the place of a setting.
type Where struct {
	File string // without the root
	Line int    // from 1; 0 where the file is one line, or its name is what counts
}

// String is "FILE:LINE", or the file alone.
func (w Where) String() string {
	if w.Line == 0 {
		return w.File
	}
	return w.File + ":" + strconv.Itoa(w.Line)
}

// Setting is one place that is about hiding devices.
type Setting struct {
	Where
	Text     string        // what stands there, as far as it is about that
	Devices  []pci.Address // that were meant, each once; whether or not they are there
	Problems []string      // what is wrong with it, each in a clause without a full stop

	argument bool // it is an argument that pciback reads
}

// Settings are all that was found. Of lists that do not count, since another
// comes later or nobody reads the file, the devices are told as well.
type Settings struct {
	All    []Setting
	Unread []error // why a file, or a part of it, could not be read; each names it
}

// Devices are those of all settings, each once, in the order in which they are
// first named.
func (s Settings) Devices() (all []pci.Address) {
	for _, one := range s.All {
		for _, a := range one.Devices {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// Read reads every source: one file of this package each.
func Read(m Machine) Settings {
	r := &reader{Machine: m}
	r.readModprobeConfig()
	r.readGenerated()
	r.readOwn()
	r.readRunning()
	r.readDefaults()
	r.readMenus()
	r.readUnexplained()
	r.readModules()
	r.readModprobe()
	r.readDriverctl()
	r.readXenPCI()
	return r.found
}

// reader collects settings.
type reader struct {
	Machine
	found     Settings
	modprobe  *modprobe.Config
	generated []generated   // the entries of the grub.cfg files
	normal    bool          // one of them is not for recovery
	booted    []pci.Address // that those which are not for recovery name
	own       []pci.Address // that xenpci's own kernel arguments name
	argument  bool          // the running command line has a list that pciback reads
}

func (r *reader) add(s Setting) { r.found.All = append(r.found.All, s) }

func (r *reader) unread(errs ...error) { r.found.Unread = append(r.found.Unread, errs...) }

// read returns a file; exists is false where it is not there, or was not read.
func (r *reader) read(name string) (content []byte, exists bool) {
	content, exists, err := etc.Read(r.FS, name)
	if err != nil {
		r.unread(err)
	}
	return content, exists && err == nil
}

// maxNames is how many names of one folder are looked at.
const maxNames = 1024

// names are the files of a folder, sorted. No folder has none.
func (r *reader) names(folder string) []string {
	entries, err := r.FS.Entries(folder+"/.", maxNames+1) // the folder may be a link
	if err != nil {
		if !sysfs.IsNotExist(err) {
			r.unread(err)
		}
		return nil
	}
	if len(entries) > maxNames {
		entries = entries[:maxNames]
		r.unread(fmt.Errorf("%s: there are more than %d files in it", folder, maxNames))
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}
