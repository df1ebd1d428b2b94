package initscript

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Service is a service as the files of the init system have it.
type Service struct {
	Name   string
	File   string   // the unit, script or job
	Masked bool     // systemd does not start it, whatever asks for it
	Starts []string // what starts it: targets and units, runlevels, or events of upstart; empty if nothing does
	Ends   bool     // of systemd: it does not stay active after its work, so that the state does not tell whether it was done

	after, before []string // names and facilities of other services
	provides      []string // its own name, and its facilities
	asks          []string // services that it has systemd start
	stage         int      // of the boot, the earlier one first
	number        int      // of its runlevel link; -1 without one
	link          string   // that number and the name, by which links are sorted
}

// Services returns those of the named services that the system has: first those that start at
// boot, in their order, then the others. Where nothing orders two services, they keep the order
// of the names. Nothing is executed: what a script decides while it runs is not known.
func Services(root string, init Init, names ...string) []Service {
	fsys := sysfs.New(root)
	find := finder(fsys, init)
	var on, off []Service
	for _, name := range names {
		if s, ok := find(name); ok {
			s.Name, s.provides = name, append(s.provides, name)
			on = append(on, s)
		}
	}
	pull(on)
	on, off = split(on)
	return append(sequence(on), off...)
}

// finder returns the function that reads a service of an init system.
func finder(fsys sysfs.FS, init Init) func(name string) (Service, bool) {
	links := runlevelLinks(fsys)
	boot := append(bootRunlevels(fsys), "S")
	script := func(name string) (Service, bool) { return findScript(fsys, name, links, boot) }
	or := func(first func(sysfs.FS, string) (Service, bool)) func(string) (Service, bool) {
		return func(name string) (Service, bool) {
			s, ok := first(fsys, name)
			if !ok && init.Scripts {
				return script(name)
			}
			return s, ok
		}
	}
	switch init.Kind {
	case Systemd:
		return or(findUnitService)
	case OpenRC:
		return or(findRunScript)
	case Upstart:
		return or(func(fsys sysfs.FS, name string) (Service, bool) { return findJob(fsys, init, name) })
	case SysV:
		return script
	}
	return func(string) (Service, bool) { return Service{}, false }
}

// pull adds the units that ask for a service to what starts it, if something starts them.
func pull(all []Service) {
	for range all { // a chain of units is not longer
		for _, asking := range all {
			if len(asking.Starts) == 0 || asking.Masked {
				continue
			}
			for i := range all {
				by := path.Base(asking.File)
				if all[i].File != asking.File && slices.Contains(asking.asks, all[i].Name) && !slices.Contains(all[i].Starts, by) {
					all[i].Starts = append(all[i].Starts, by)
				}
			}
		}
	}
}

// split separates what starts at boot from the rest.
func split(all []Service) (on, off []Service) {
	for _, s := range all {
		if len(s.Starts) > 0 && !s.Masked {
			on = append(on, s)
		} else {
			off = append(off, s)
		}
	}
	return on, off
}

// sequence sorts services by what comes before what. Of those in a circle the first comes first.
func sequence(left []Service) (sorted []Service) {
	for len(left) > 0 {
		next := max(slices.IndexFunc(left, func(s Service) bool {
			return !slices.ContainsFunc(left, func(other Service) bool { return other.precedes(s) })
		}), 0)
		sorted = append(sorted, left[next])
		left = slices.Delete(slices.Clone(left), next, next+1)
	}
	return sorted
}

// precedes reports whether s starts before other.
func (s Service) precedes(other Service) bool {
	switch {
	case s.Name == other.Name:
		return false
	case s.stage != other.stage:
		return s.stage < other.stage
	case anyOf(other.provides, s.before), anyOf(s.provides, other.after):
		return true
	case anyOf(s.provides, other.before), anyOf(other.provides, s.after):
		return false
	}
	return s.number >= 0 && other.number >= 0 && s.link < other.link
}

// The stages of a boot. OpenRC has one for each of its runlevels.
const (
	earlyStage = iota
	bootStage
	mainStage
)

// findUnitService reads a unit of systemd.
func findUnitService(fsys sysfs.FS, name string) (Service, bool) {
	unit := name + ".service"
	s := Service{stage: mainStage, number: -1}
	for _, dir := range unitDirs {
		if _, err := fsys.Readlink(dir + "/" + unit); err != nil && !fsys.Exists(dir+"/"+unit) {
			continue
		}
		s.File = dir + "/" + unit
		break
	}
	if s.File == "" {
		return Service{}, false
	}
	u, ok := findUnit(fsys, unit)
	if s.Masked = !ok; s.Masked {
		return s, true
	}
	if source := u.Words("Unit", "SourcePath"); strings.HasPrefix(s.File, "/run/") && len(source) > 0 {
		s.File = source[0] // systemd's generator made the unit from a script
	}
	s.after, s.before = serviceNames(u.Words("Unit", "After")), serviceNames(u.Words("Unit", "Before"))
	s.asks = serviceNames(slices.Concat(u.Words("Unit", "Requires"), u.Words("Unit", "Wants"), u.Words("Unit", "BindsTo")))
	if slices.Contains(u.Words("Unit", "DefaultDependencies"), "no") {
		s.stage = earlyStage
	}
	last := func(name string) string {
		words := u.Words("Service", name)
		if len(words) == 0 {
			return ""
		}
		return strings.ToLower(words[len(words)-1])
	}
	stays := slices.Contains([]string{"yes", "true", "on", "1", "y", "t"}, last("RemainAfterExit"))
	s.Ends = last("Type") == "oneshot" && !stays
	s.Starts = wantedBy(fsys, unit)
	return s, true
}

// serviceNames returns the names of units, without the suffix of services.
func serviceNames(units []string) []string {
	var names []string
	for _, u := range units {
		names = append(names, strings.TrimSuffix(u, ".service"))
	}
	return names
}

// wantedBy returns the units whose folders have a link to the unit.
func wantedBy(fsys sysfs.FS, unit string) (by []string) {
	for _, dir := range unitDirs {
		names, err := fsys.List(dir)
		if err != nil {
			continue
		}
		slices.Sort(names)
		for _, name := range names {
			wanting, wants := strings.CutSuffix(name, ".wants")
			if !wants {
				if wanting, wants = strings.CutSuffix(name, ".requires"); !wants {
					continue
				}
			}
			if _, err := fsys.Readlink(dir + "/" + name + "/" + unit); err == nil && !slices.Contains(by, wanting) {
				by = append(by, wanting)
			}
		}
	}
	return by
}

// findScript reads an LSB script, and the runlevels of the boot in which it starts.
func findScript(fsys sysfs.FS, name string, links []RunlevelLink, boot []string) (Service, bool) {
	s := Service{File: scriptDir + "/" + name, stage: mainStage, number: -1}
	content, err := fsys.Read(s.File, textLimit)
	if err != nil {
		return Service{}, false
	}
	for _, l := range links {
		if !l.Start || l.Name != name || slices.Contains(s.Starts, l.Level) {
			continue
		}
		s.Starts = append(s.Starts, l.Level)
		if l.Level == "S" {
			s.stage = earlyStage
		}
		if s.number < 0 || slices.Contains(boot, l.Level) {
			s.number, s.link = l.Number, path.Base(l.String())
		}
	}
	if script, err := ParseScript(string(content)); err == nil {
		s.provides = script.Words("Provides")
		s.after = slices.Concat(script.Words("Required-Start"), script.Words("Should-Start"))
		s.before = script.Words("X-Start-Before")
	}
	return s, true
}

// findRunScript reads a script of OpenRC.
func findRunScript(fsys sysfs.FS, name string) (Service, bool) {
	s := Service{File: scriptDir + "/" + name, stage: mainStage, number: -1}
	content, err := fsys.Read(s.File, textLimit)
	if err != nil {
		return Service{}, false
	}
	for stage, runlevel := range openRCRunlevels {
		if _, err := fsys.Readlink("/etc/runlevels/" + runlevel + "/" + name); err == nil {
			s.Starts = append(s.Starts, runlevel)
			s.stage = min(s.stage, stage)
		}
	}
	d := ParseDepends(string(content))
	s.provides, s.before = d["provide"], d["before"]
	s.asks = slices.Concat(d["need"], d["use"], d["want"])
	s.after = slices.Concat(d["after"], s.asks)
	return s, true
}

// findJob reads a job of upstart.
func findJob(fsys sysfs.FS, init Init, name string) (Service, bool) {
	s := Service{File: "/etc/init/" + name + ".conf", stage: mainStage, number: -1}
	dialect := InitConf
	if init.Events {
		s.File, dialect = "/etc/event.d/"+name, EventD
	}
	content, err := fsys.Read(s.File, textLimit)
	if err != nil {
		return Service{}, false
	}
	if job, err := ParseJob(string(content), dialect); err == nil { // else upstart does not start it
		s.Starts = job.StartEvents()
	}
	for _, event := range s.Starts {
		switch word := strings.Fields(event); {
		case len(word) < 2:
		case word[0] == "starting":
			s.before = append(s.before, word[1])
			if runsScripts(word[1]) {
				s.stage = bootStage
			}
		case word[0] == "started", word[0] == "stopped":
			s.after = append(s.after, word[1])
		}
	}
	return s, true
}
