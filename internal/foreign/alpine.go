package foreign

import (
	"path"
	"slices"

	"github.com/xenpci/xenpci/pkg/grub"
)

// xenPCIFile sets DEVICES="...". Alpine's service xen-pci passes each word of it
// to xl pci-assignable-add (main/xen/xen-pci.initd in aports).
const xenPCIFile = "/etc/conf.d/xen-pci"

// runlevels has a folder for each runlevel of OpenRC, with links to services.
const runlevels = "/etc/runlevels"

// readXenPCI parses xenPCIFile as GRUB's settings are parsed: both consist of
// shell assignments, and neither is executed.
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
		s.Problems = append(s.Problems, "it has no effect: the service xen-pci is in no runlevel")
		s.Dead = true
	}
	r.add(s)
}

// xenPCI returns the final value of DEVICES. ok is false if it is empty.
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
