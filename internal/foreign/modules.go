package foreign

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// modulesFile names modules to load at boot, one a line: with parameters on
// Alpine, whose initramfs reads it too, and where Debian's script kmod does.
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
			s.Problems = append(s.Problems, "systemd takes the whole line for the name of a module, and loads nothing")
		}
		r.add(s)
	}
}
