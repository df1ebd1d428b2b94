package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/pkg/grub"
)

// unwritten returns the link with the advice to run the generator, if that is what mends it: the settings
// have what the boot loader's file lacks.
func (r reader) unwritten(l Link) Link {
	if l.State == Holds {
		return l
	}
	what, place, ok := r.unwrittenSetting(l.Name)
	if !ok {
		return l
	}
	l.Place = place
	l.Advice = fmt.Sprintf("run %s: this line has %s, and %s was not made from it yet", generator(r.next.Loader), what, r.next.Loader.Config)
	return l
}

// unwrittenSetting returns what the settings have for a link, and the boot loader's file does not.
func (r reader) unwrittenSetting(name Name) (what string, place hostboot.Place, ok bool) {
	switch name {
	case Loader:
		if r.menu.err != nil || r.menu.input && r.menu.output {
			return "", hostboot.Place{}, false
		}
		value, place, _ := hostboot.FirstSetting(r.f, r.next.Loader, grub.Terminals, grub.TerminalOutput, grub.TerminalInput)
		return place.Setting + "=" + value, place, slices.Contains(strings.Fields(value), "serial")
	case Xen, Dom0:
		options := dom0Options()
		if name == Xen {
			options = xenOptions()
		}
		for _, u := range r.next.Unwritten() {
			if u.Xen == (name == Xen) && slices.Contains(options, keyOf(u.Word)) {
				return u.Word, u.Place, true
			}
		}
	case Firmware, Getty, Securetty:
	}
	return "", hostboot.Place{}, false
}
