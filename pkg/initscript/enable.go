package initscript

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Plan is what has to be done so that installed files run at boot.
type Plan struct {
	Links []Link     // to make, and to remove again to undo the plan
	Run   [][]string // programs with their arguments, to run after that
	Undo  [][]string // programs to run to undo the plan, before the files are removed
	Why   string     // the method, in words
}

// Enable returns how to make init run files at boot.
//
// For systemd and OpenRC the caller makes the links, instead of systemctl or
// rc-update: that works in a chroot and below any root, and can be undone exactly,
// while "systemctl disable" also removes links to the unit that others made. An OpenRC
// script whose name ends in -early goes into the runlevel sysinit, any other into
// default.
//
// LSB scripts are installed by the system's own program, if it has one and programs
// is true, which means that programs can be run in this root: insserv renumbers all
// links, and would renumber one that it did not make as well. Otherwise the caller
// makes links. Upstart needs neither. The error is that of RunlevelLinksFor.
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
	return Plan{Why: "unknown init system"}, nil
}

func enableUnits(files []File, reload bool) Plan {
	p := Plan{Why: "links in the folders of the targets that want the units"}
	for _, f := range files {
		p.Links = append(p.Links, UnitLinks(f.Path, ParseUnit(f.Text))...)
	}
	if reload {
		p.Run = [][]string{{"systemctl", "daemon-reload"}}
		p.Undo = p.Run
	}
	return p
}

// early reports whether a script is for the part of the boot that sets up devices.
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
	files []string // its paths
	on    func(name string) [][]string
	off   func(name string) [][]string
}

// tools returns the programs by priority: update-rc.d calls insserv itself.
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

// enableScripts plans the installation of scripts. It omits those that have no runlevel
// here, such as early ones on Red Hat's systems, which have no rcS.d.
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
		p.Why = "runlevel links; no program that makes them can be run here"
	default:
		p.Why = "this system has no folder of runlevel links"
	}
	return p, nil
}

func (p Plan) how() string {
	if len(p.Run) == 0 {
		return "this system has no folder of runlevel links"
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
