package foreign

import (
	"path"
	"slices"

	"github.com/xenpci/xenpci/pkg/grub"
)

// xenPCIFile has DEVICES="...", which Alpine's service xen-pci hands to xl
// pci-assignable-add, one word after the other (main/xen/xen-pci.initd in
// aports).
const xenPCIFile = "/etc/conf.d/xen-pci"

// runlevels has a folder for each runlevel of OpenRC, with links to services.
const runlevels = "/etc/runlevels"

// readXenPCI reads the file as GRUB's settings are read: both are assignments of
// a shell, and neither is run.
func (r *reader) readXenPCI() {
	content, exists := r.read(xenPCIFile)
	if !exists {
		return
	}
	s, ok, err := r.xenPCI(grub.ParseDefaults(xenPCIFile, content))
	if err != nil {
		r.unread(err)
	}
	if !ok {
		return
	}
	if r.FS.Exists(runlevels) && !slices.ContainsFunc(r.names(runlevels), r.startsXenPCI) {
		s.Problems = append(s.Problems, "nothing reads it: the service xen-pci is in no runlevel")
	}
	r.add(s)
}

// xenPCI reads what DEVICES is in the end. ok is false where it is nothing.
func (r *reader) xenPCI(file *grub.Defaults) (s Setting, ok bool, err error) {
	value, err := grub.Read(file).Get("DEVICES")
	if err != nil || value.Value == "" {
		return Setting{}, false, err
	}
	s = Setting{Where: Where{value.File, value.Line}, Text: value.Value}
	s.Devices, s.Problems = r.list(value.Value)
	return s, true, nil
}

func (r *reader) startsXenPCI(runlevel string) bool {
	_, err := r.FS.Readlink(path.Join(runlevels, runlevel, "xen-pci"))
	return err == nil
}
