package foreign

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// modulesFile lists modules to load at boot, one per line. Parameters may follow
// the name on Alpine, whose initramfs reads the file too, and where Debian's
// script kmod reads it.
const modulesFile = "/etc/modules"

func (r *reader) readModules() {
	content, exists := r.read(modulesFile)
	if !exists {
		return
	}
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		text := strings.TrimSpace(line)
		name, parameters, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
		if !isPciback(name) {
			continue
		}
		s, ok := r.hideList(Where{modulesFile, number}, grub.ParseCommandLine(parameters), "hide")
		if !ok {
			continue
		}
		s.Text = text
		if problem := r.wrongName(name); problem != "" {
			s.Problems = append(s.Problems, problem)
		}
		if initscript.Detect(r.FS.Root()).Kind == initscript.Systemd {
			s.Problems = append(s.Problems, "systemd takes the whole line as a module name and loads nothing")
		}
		r.add(s)
	}
}
