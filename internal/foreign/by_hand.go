package foreign

import (
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/grub"
)

// replaced is what is wrong with a list in an entry that xenpci edits itself.
const replaced = "it has no effect: xenpci has replaced it with its own argument"

// readByHand reads the lists in a grub.cfg that a person wrote, as XenServer has one. Of a file
// that xenpci has edited it reads the version from before the edit, and records the devices
// that are xenpci's own. Entries with the same list make one setting.
func (r *reader) readByHand(name string, content []byte) {
	before, touched, err := change.Backup(r.FS, brand.Hiding, name)
	touched = touched && err == nil
	if !touched {
		before = content
	}
	theirs := r.configSettings(name, before)
	for _, s := range theirs {
		if touched && s.parameter == nil {
			s.Problems = append(s.Problems, replaced)
			s.Dead = true
		}
		r.byHand = appendOther(r.byHand, s)
	}
	if touched {
		r.recordOwn(theirs, r.configSettings(name, content))
	}
}

// configSettings returns the lists in the entries of a grub.cfg that boot Xen.
func (r *reader) configSettings(name string, content []byte) (found []Setting) {
	config, err := grub.ParseConfig(content, nil)
	if err != nil {
		return nil // of the file as it is now this is reported already
	}
	for _, e := range config.XenEntries() {
		xen, _ := e.Xen()
		found = append(found, r.arguments(Where{name, xen.Dom0.Line}, xen.Dom0.Arguments)...)
	}
	return found
}

// recordOwn records the devices that xenpci has added to the lists of a file.
func (r *reader) recordOwn(before, now []Setting) {
	for _, s := range now {
		for _, a := range s.Devices {
			if !slices.ContainsFunc(before, func(s Setting) bool { return slices.Contains(s.Devices, a) }) {
				r.own = append(r.own, a)
			}
		}
	}
}
