package initscript

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Plan is what makes files run at boot, once they are there.
type Plan struct {
	Links []Link     // to be made, and to be removed again to undo it
	Run   [][]string // programs with their arguments, to be run after that
	Undo  [][]string // the same, to undo it: before the files are removed
	Why   string     // in words
}

// Enable plans to have files run at boot by init.
//
// For systemd and OpenRC the links are made by who asks, and not by systemctl or
// rc-update: that works in a chroot and below any root, and taking away the links
// that were made leaves what was there before. "systemctl disable" removes other
// people's links to the unit as well.
//
// LSB scripts are installed by the system's own program where there is one, if
// programs says that it can be run, in this root: insserv numbers all links anew,
// and one of another's making would be in its way. Elsewhere they are links too.
// Upstart needs neither.
func Enable(root string, init Init, files []File, programs bool) (Plan, error) {
	switch init.Kind {
	case Systemd:
		return enableUnits(files, init.Running && programs), nil
	case OpenRC:
		return enableOpenRC(files), nil
	case SysV:
		return enableScripts(sysfs.New(root), files, programs)
	case Upstart:
		return Plan{Why: "upstart starts every job in its folder"}, nil
	}
	return Plan{Why: "the init of this system is not known"}, nil
}

func enableUnits(files []File, reload bool) Plan {
	p := Plan{Why: "links in the folders of the targets that want the units"}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".service") {
			p.Links = append(p.Links, UnitLinks(f.Path, ParseUnit(f.Text))...)
		}
	}
	if reload {
		p.Run = [][]string{{"systemctl", "daemon-reload"}}
		p.Undo = p.Run
	}
	return p
}

// early says whether a script belongs to the part of the boot that brings up
// devices.
func early(name string) bool { return strings.HasSuffix(name, "-early") }

func enableOpenRC(files []File) Plan {
	p := Plan{Why: "links in OpenRC's runlevels"}
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Path, scriptDir+"/")
		if !ok {
			continue
		}
		runlevel := "default"
		if early(name) {
			runlevel = "sysinit"
		}
		p.Links = append(p.Links, Link{Path: "/etc/runlevels/" + runlevel + "/" + name, Target: f.Path})
	}
	return p
}

// tool is a program that installs LSB scripts.
type tool struct {
	files []string // where it is
	on    func(name string) [][]string
	off   func(name string) [][]string
}

// tools are asked in this order: update-rc.d calls insserv itself.
func tools() []tool {
	return []tool{
		{
			files: []string{"/usr/sbin/update-rc.d"},
			on:    func(name string) [][]string { return [][]string{{"update-rc.d", name, "defaults"}} },
			off:   func(name string) [][]string { return [][]string{{"update-rc.d", "-f", name, "remove"}} },
		},
		{
			files: []string{"/sbin/chkconfig", "/usr/sbin/chkconfig"},
			on: func(name string) [][]string {
				return [][]string{{"chkconfig", "--add", name}, {"chkconfig", name, "on"}}
			},
			off: func(name string) [][]string { return [][]string{{"chkconfig", "--del", name}} },
		},
		{
			files: []string{"/sbin/insserv", "/usr/sbin/insserv", "/usr/lib/insserv/insserv"},
			on:    func(name string) [][]string { return [][]string{{"insserv", name}} },
			off:   func(name string) [][]string { return [][]string{{"insserv", "-r", name}} },
		},
	}
}

// enableScripts installs scripts. One that has no runlevel here, such as an early
// one on Red Hat's systems, which have no rcS.d, is left out.
func enableScripts(fsys sysfs.FS, files []File, programs bool) (Plan, error) {
	var p Plan
	program, found := findTool(fsys)
	found = found && programs
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Path, scriptDir+"/")
		if !ok {
			continue
		}
		script, err := ParseScript(f.Text)
		if err != nil {
			return Plan{}, err
		}
		links, err := runlevelLinksFor(fsys, name, script)
		switch {
		case err == nil && len(links) == 0:
			continue
		case found:
			p.Run = append(p.Run, program.on(name)...)
			p.Undo = append(p.Undo, program.off(name)...)
		case err != nil:
			return Plan{}, err
		default:
			p.Links = append(p.Links, links...)
		}
	}
	switch {
	case found:
		p.Why = p.how()
	case len(p.Links) > 0:
		p.Why = "runlevel links, since no program that makes them can be used here"
	default:
		p.Why = "no runlevel of this system has a folder of links"
	}
	return p, nil
}

func (p Plan) how() string {
	if len(p.Run) == 0 {
		return "no runlevel of this system has a folder of links"
	}
	return p.Run[0][0] + " installs scripts here"
}

func findTool(fsys sysfs.FS) (tool, bool) {
	for _, t := range tools() {
		for _, file := range t.files {
			if fsys.Exists(file) {
				return t, true
			}
		}
	}
	return tool{}, false
}
