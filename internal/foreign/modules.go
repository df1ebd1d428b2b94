package foreign

import (
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// modulesFile lists modules to load at boot, one per line. Parameters may follow
// the name on Alpine, whose initramfs reads the file too, and where Debian's
// script kmod reads it.
const modulesFile = "/etc/modules"

func (r *reader) readModules() {
	for _, l := range r.loadLines(modulesFile) {
		found := moduleParameters(l.Where, l.parameters)
		if s, ok := r.hideList(l.Where, grub.ParseCommandLine(l.parameters), "hide"); ok {
			s.Text, s.argument = l.text, false
			found = append(found, s)
		}
		for _, s := range found {
			s.kind = loadKind
			if problem := r.wrongName(l.name); problem != "" {
				s.Problems = append(s.Problems, problem)
				s.Dead = true
			}
			if initscript.Detect(r.FS.Root()).Kind == initscript.Systemd {
				s.Problems = append(s.Problems, "systemd takes the whole line as a module name and loads nothing")
				s.Dead = true
			}
			r.add(s)
		}
	}
	if len(r.kernels[kmod.BuiltIn]) > 0 {
		r.readLoadLines()
	}
}
