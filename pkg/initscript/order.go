package initscript

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Place is the position of one service relative to another at boot.
type Place string

// The places. Unordered: nothing defines which starts first. Absent: the service is not
// started at all.
const (
	Before    Place = "before"
	After     Place = "after"
	Unordered Place = "unordered"
	Absent    Place = "absent"
)

// Ordering is the order of one of the caller's services and one of the toolstack's.
type Ordering struct {
	Ours  string // "xenpci"
	Other string // "xendomains"
	Place Place  // of Ours
	Late  bool   // Ours has to start first, and nothing ensures that
	Why   string // what defines the order, in words
}

// toolstack has the services whose order matters, and whether a late service of the
// caller's must start before them; it needs the others: xenstored and what starts it.
// An early one must start before all.
var toolstack = [...]struct {
	name string
	must bool
}{
	{"xencommons", false},
	{"xenstored", false},
	{"xen", false},
	{"xend", true},
	{"xendomains", true},
	{"libvirtd", true},
	{"libvirt-bin", true},
}

// Order returns which starts first at boot, for each of ours ("xenpci-early",
// "xenpci") and each service of the Xen toolstack that the system has.
func Order(root string, init Init, ours ...string) []Ordering {
	fsys := sysfs.New(root)
	var all []Ordering
	for _, name := range ours {
		place := placer(fsys, init, name)
		for _, other := range toolstack {
			p, why, there := place(other.name)
			if !there {
				continue
			}
			must := other.must || early(name)
			all = append(all, Ordering{Ours: name, Other: other.name, Place: p, Late: must && p != Before, Why: why})
		}
	}
	return all
}

// placer returns the function that compares services of one init system.
func placer(fsys sysfs.FS, init Init, ours string) func(other string) (Place, string, bool) {
	switch init.Kind {
	case Systemd:
		return func(other string) (Place, string, bool) { return placeUnit(fsys, ours, other) }
	case OpenRC:
		return func(other string) (Place, string, bool) { return placeOpenRC(fsys, ours, other) }
	case Upstart:
		return func(other string) (Place, string, bool) { return placeJob(fsys, init, ours, other) }
	case SysV:
		return func(other string) (Place, string, bool) { return placeScript(fsys, ours, other) }
	}
	return func(string) (Place, string, bool) { return "", "", false }
}

// placeUnit compares two units. systemd's sysv-generator makes one for a script without
// a unit, with the default dependencies.
func placeUnit(fsys sysfs.FS, ours, other string) (Place, string, bool) {
	o, there := findUnit(fsys, other+".service")
	if !there && !fsys.Exists(scriptDir+"/"+other) {
		return "", "", false
	}
	u, ok := findUnit(fsys, ours+".service")
	us, them := ours+".service", other+".service"
	switch {
	case !ok:
		return Absent, us + " is not installed", true
	case len(missing(fsys, UnitLinks("/"+us, u))) > 0:
		return Absent, us + " is not enabled", true
	case slices.Contains(u.Words("Unit", "Before"), them):
		return Before, us + " has Before=" + them, true
	case slices.Contains(o.Words("Unit", "After"), us):
		return Before, them + " has After=" + us, true
	case slices.Contains(u.Words("Unit", "Before"), "sysinit.target") && !slices.Contains(o.Words("Unit", "DefaultDependencies"), "no"):
		return Before, us + " comes before sysinit.target, and " + them + " after it", true
	case slices.Contains(u.Words("Unit", "After"), them):
		return After, us + " has After=" + them, true
	case slices.Contains(o.Words("Unit", "Before"), us):
		return After, them + " has Before=" + us, true
	}
	return Unordered, "neither unit names the other", true
}

func placeOpenRC(fsys sysfs.FS, ours, other string) (Place, string, bool) {
	at := runlevelOf(fsys, other)
	content, err := fsys.Read(scriptDir+"/"+other, textLimit)
	if at < 0 || err != nil {
		return "", "", false
	}
	theirs := ParseDepends(string(content))
	level := runlevelOf(fsys, ours)
	content, err = fsys.Read(scriptDir+"/"+ours, textLimit)
	if level < 0 || err != nil {
		return Absent, ours + " is in no runlevel", true
	}
	mine := ParseDepends(string(content))
	switch {
	case level < at:
		return Before, ours + " is in the runlevel " + openRCRunlevels[level] + ", and " + other + " in " + openRCRunlevels[at], true
	case level > at:
		return After, ours + " is in the runlevel " + openRCRunlevels[level] + ", and " + other + " in " + openRCRunlevels[at], true
	case slices.Contains(mine["before"], other):
		return Before, ours + " says before " + other, true
	case theirs.follows(ours):
		return Before, other + " says that it follows " + ours, true
	case mine.follows(other):
		return After, ours + " says that it follows " + other, true
	case slices.Contains(theirs["before"], ours):
		return After, other + " says before " + ours, true
	}
	return Unordered, "neither script names the other", true
}

// placeJob goes by the events that start ours: a job that is starting waits for the jobs
// that this starts.
func placeJob(fsys sysfs.FS, init Init, ours, other string) (Place, string, bool) {
	dir, suffix, dialect := "/etc/init/", ".conf", InitConf
	if init.Events {
		dir, suffix, dialect = "/etc/event.d/", "", EventD
	}
	job := fsys.Exists(dir + other + suffix)
	script := slices.ContainsFunc(runlevelLinks(fsys), func(l RunlevelLink) bool { return l.Start && l.Name == other })
	if !job && !script {
		return "", "", false
	}
	content, err := fsys.Read(dir+ours+suffix, textLimit)
	if err != nil {
		return Absent, dir + ours + suffix + " does not exist", true
	}
	j, err := ParseJob(string(content), dialect)
	if err != nil {
		return Absent, dir + ours + suffix + ": " + err.Error(), true
	}
	for _, event := range j.StartEvents() {
		word := strings.Fields(event)
		if len(word) < 2 || word[0] != "starting" {
			continue
		}
		if job && word[1] == other || !job && runsScripts(word[1]) {
			return Before, ours + " starts on " + event, true
		}
	}
	return Unordered, "none of the events that start " + ours + " is of " + other, true
}

// runsScripts reports whether the job called name runs the scripts of a runlevel,
// or comes before the one that does.
func runsScripts(name string) bool {
	return slices.Contains([]string{"rc", "rcS", "rc2", "rc3", "rc4", "rc5", "udevtrigger"}, name)
}

// missing returns those of links that are not there, whatever they point to.
func missing(fsys sysfs.FS, links []Link) []Link {
	var missing []Link
	for _, l := range links {
		if _, err := fsys.Readlink(l.Path); err != nil {
			missing = append(missing, l)
		}
	}
	return missing
}
