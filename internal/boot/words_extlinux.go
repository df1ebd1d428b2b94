package boot

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/grub"
)

// extlinuxXenOptions are the arguments of Xen in the settings of update-extlinux.
const extlinuxXenOptions = "xen_opts"

// planOptions plans an edit of the words in the settings of update-extlinux. Its entries are all
// made from the same settings, those for recovery too.
func (h *Host) planOptions(e WordEdit) (p WordPlan, err error) {
	settings, err := h.view().Content(extlinuxSettings)
	if err != nil {
		return p, err
	}
	if err := h.takesOptions(); err != nil {
		return p, &ByHandError{err.Error(), h.linesByHand(e)}
	}
	above, own, err := aboveWords(settings.Content)
	if err != nil {
		return p, fmt.Errorf("%s: %w", extlinuxSettings, err)
	}
	file := grub.ParseDefaults(extlinuxSettings, above)
	s := wordSettings{file: extlinuxSettings, own: string(own), before: grub.Read(file), after: grub.Read(file, grub.ParseDefaults(extlinuxSettings, own))}
	e.Recovery = false
	return h.planLines(e, s, func(xen bool) [2]wordVariable {
		v := wordVariable{name: extlinuxOptions}
		if xen {
			v.name = extlinuxXenOptions
		}
		set, err := s.before.Get(v.name)
		v.unset = err == nil && !set.Set
		return [2]wordVariable{{}, v}
	})
}
