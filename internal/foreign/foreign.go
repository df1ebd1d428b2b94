// Package foreign reads the configuration for hiding devices that other tools or
// administrators have written: arguments of dom0's kernel, modprobe.d, the files
// of driverctl, and the settings of Alpine and Qubes. It reads each as its writer
// meant it and describes what is wrong with it. It writes nothing, and leaves out
// what xenpci itself has written.
package foreign

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Machine describes the machine, as far as the meaning of its files depends on
// it. It is only read and may be shared between goroutines.
type Machine struct {
	FS      sysfs.FS
	Devices []pci.Device // the devices present, read with driver and parent
	Release string       // of the running kernel; "" if unknown
	Module  string       // pciback's module: "xen-pciback", or "pciback" as XenoLinux had it

	// Modules returns the modules that claim a device, by its modalias. nil if
	// that is unknown.
	Modules func(modalias string) []string
}

// Where is the place of a setting.
type Where struct {
	File string // without the root
	Line int    // from 1; 0 if the file is a single line, or only its name matters
}

// String returns "FILE:LINE", or the file alone if there is no line.
func (w Where) String() string {
	if w.Line == 0 {
		return w.File
	}
	return w.File + ":" + strconv.Itoa(w.Line)
}

// Setting is one place that configures the hiding of devices.
type Setting struct {
	Where
	Text     string        // the part of the text that is about hiding
	Devices  []pci.Address // the devices it means, each once, present or not
	Problems []string      // what is wrong with it, each a clause without a full stop
	Kernel   []string      // what the kernels that may boot make of it, in the same form
	Dead     bool          // it has no effect: no program reads it, or another setting replaces it

	argument bool          // it is an argument that pciback reads
	misspelt bool          // it has one that pciback does not read
	kind     kind          // what it is for a pciback that is a module; "" for all others, and for arguments
	idle     []pci.Address // the devices that it does not hide, although it was meant to

	parameter *pciback.Parameter // it is this parameter; settleParameters takes such settings out
}

// Settings is what Read found. It includes lists that have no effect, because
// another one comes later or no program reads the file.
type Settings struct {
	All        []Setting
	Parameters []Parameter // what is set beside the lists
	Permissive bool        // one of them makes every device of pciback permissive
	Unread     []error     // why a file or a part of it could not be read; each names the file

	permissive []pci.Address          // devices that a script makes permissive
	names      map[pci.Address]string // by which xl is to know devices
}

// Name returns the name by which xl is to know a device; "" if it is given none.
func (s Settings) Name(a pci.Address) string { return s.names[a] }

// IsPermissive reports whether the settings make a device permissive.
func (s Settings) IsPermissive(a pci.Address) bool {
	return s.Permissive || slices.Contains(s.permissive, a)
}

// Devices returns the devices of all settings, each once, in the order in which
// they first appear.
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

// Sources returns what Read looks at, in words for a person.
func Sources() []string {
	return []string{
		"the running kernel's command line",
		"GRUB's settings, grub.cfg and menu.lst, and extlinux's settings and labels",
		"xen.efi's configuration on the EFI partition (/boot/efi, /efi, /boot)",
		"modprobe's configuration",
		"/etc/modules",
		"driverctl's files",
		"Alpine's /etc/conf.d/xen-pci",
		"boot scripts (rc.local, local.d, init.d, initramfs-tools) and scripts that they call",
		"systemd's units, udev's rules and cron's tables in /etc",
	}
}

// Read reads every source. Each has a file of this package.
func Read(m Machine) Settings {
	r := &reader{Machine: m, found: Settings{names: map[pci.Address]string{}}}
	r.readModprobeConfig()
	r.readGenerated()
	r.readSyslinux()
	r.readOwn()
	r.readRunning()
	r.readDefaults()
	r.readExtlinux()
	r.found.All = append(r.found.All, r.byHand...)
	r.readMenus()
	r.readUnexplained()
	r.readXenEFI()
	r.findKernels()
	r.readModules()
	r.readModprobe()
	r.readDriverctl()
	r.readXenPCI()
	r.readScripts()
	r.settleParameters()
	r.judgeKernels()
	return r.found
}

// reader collects settings.
type reader struct {
	Machine
	found     Settings
	modprobe  *modprobe.Config
	generated []generated   // the entries of the boot loader's files
	byHand    []Setting     // the lists in those that a person wrote
	settings  []string      // the files of settings from which the entries are generated
	doubt     error         // what of them is not understood
	normal    bool          // one of them is not a recovery entry
	booted    []pci.Address // the devices that the other entries hide
	own       []pci.Address // the devices in xenpci's own kernel arguments
	argument  bool          // the running kernel's command line has a list that pciback reads

	kernelFiles []string           // the kernels of the entries that boot Xen and are not for recovery
	lines       []grub.CommandLine // the command lines of dom0's kernels: the running one's, and those of such entries
	kernels     kernels
	called      []string // scripts that others call, and that were read
}

func (r *reader) add(s Setting) { r.found.All = append(r.found.All, s) }

func (r *reader) unread(errs ...error) { r.found.Unread = append(r.found.Unread, errs...) }

// read returns the content of a file; exists is false if there is none or it
// could not be read.
func (r *reader) read(name string) (content []byte, exists bool) {
	content, exists, err := etc.Read(r.FS, name)
	if err != nil {
		r.unread(err)
	}
	return content, exists && err == nil
}

// maxNames bounds how many names of one folder are read.
const maxNames = 1024

// names returns the sorted names in a folder; none if the folder does not exist.
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
		r.unread(fmt.Errorf("%s: has more than %d files; the others were not read", folder, maxNames))
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}
