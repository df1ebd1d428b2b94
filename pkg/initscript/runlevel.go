package initscript

import (
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// textLimit is how much of a script, unit or job is read, in bytes.
const textLimit = 1 << 20

// scriptDir is the folder of init scripts.
const scriptDir = "/etc/init.d"

// levels are the runlevels that have a folder of links.
var levels = [...]string{"S", "0", "1", "2", "3", "4", "5", "6"}

// RunlevelLink is a link SnnNAME or KnnNAME below /etc/rcN.d.
type RunlevelLink struct {
	Dir    string // "/etc/rc2.d"
	Level  string // "2", "S"
	Start  bool   // S, rather than K
	Number int    // 0 to 99
	Name   string // of the script, as the link says it
}

// parseRunlevelLink reads the name of a link; ok is false for any other name.
func parseRunlevelLink(name string) (link RunlevelLink, ok bool) {
	if len(name) < 4 || name[0] != 'S' && name[0] != 'K' || !digit(name[1]) || !digit(name[2]) {
		return RunlevelLink{}, false
	}
	return RunlevelLink{Start: name[0] == 'S', Number: int(name[1]-'0')*10 + int(name[2]-'0'), Name: name[3:]}, true
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

// String returns the link's path.
func (l RunlevelLink) String() string {
	letter := "K"
	if l.Start {
		letter = "S"
	}
	return l.Dir + "/" + letter + string(rune('0'+l.Number/10)) + string(rune('0'+l.Number%10)) + l.Name
}

// before reports whether init's rc script starts l before other, by their names.
func (l RunlevelLink) before(other RunlevelLink) bool {
	if l.Number != other.Number {
		return l.Number < other.Number
	}
	return l.Name < other.Name
}

// RunlevelLinks returns the links of all runlevels, in the order in which they are
// followed within each. Debian has the folders in /etc, Red Hat in /etc/rc.d, SUSE in
// /etc/init.d; if one is a link to another, its links are returned once.
func RunlevelLinks(root string) []RunlevelLink { return runlevelLinks(sysfs.New(root)) }

func runlevelLinks(fsys sysfs.FS) []RunlevelLink {
	base := runlevelBase(fsys)
	if base == "" {
		return nil
	}
	var all []RunlevelLink
	for _, level := range levels {
		dir := base + "/rc" + level + ".d"
		names, err := fsys.List(dir)
		if err != nil {
			continue
		}
		slices.Sort(names)
		for _, name := range names {
			link, ok := parseRunlevelLink(name)
			if !ok {
				continue
			}
			link.Dir, link.Level = dir, level
			all = append(all, link)
		}
	}
	return all
}

// runlevelBase returns the folder that contains rc3.d, or "" if the system does not
// start scripts by runlevel. Red Hat's /etc/rc3.d is a link to /etc/rc.d/rc3.d.
func runlevelBase(fsys sysfs.FS) string {
	for _, base := range [...]string{"/etc/rc.d", "/etc", "/etc/init.d"} {
		if fsys.Exists(base + "/rc3.d") {
			return base
		}
	}
	return ""
}

// ScriptTarget returns the target of a runlevel link to the script called name:
// ../init.d/NAME on Debian and Red Hat, ../NAME on SUSE, where the folders of links are
// in /etc/init.d itself and /etc/rc.d is a link to that.
func ScriptTarget(root, name string) string { return scriptTarget(sysfs.New(root), name) }

func scriptTarget(fsys sysfs.FS, name string) string {
	base := runlevelBase(fsys)
	above, _ := fsys.Readlink(base) // of a folder it is ""
	switch {
	case base == "/etc", fsys.Exists(base + "/init.d"):
		return "../init.d/" + name
	case base == scriptDir, path.Base(above) == path.Base(scriptDir):
		return "../" + name
	}
	return scriptDir + "/" + name
}

// BootRunlevels returns the runlevels in which the system may boot: the initdefault of
// /etc/inittab, if it has one, and the usual ones of its distribution: 2 on Debian and
// Ubuntu, 3 and 5 elsewhere.
func BootRunlevels(root string) []string { return bootRunlevels(sysfs.New(root)) }

func bootRunlevels(fsys sysfs.FS) []string {
	wanted := []string{"3", "5"}
	if debian(fsys) {
		wanted = []string{"2"}
	}
	if level := initDefault(fsys); level != "" && !slices.Contains(wanted, level) {
		wanted = append(wanted, level)
		slices.Sort(wanted)
	}
	return wanted
}

// initDefault returns the runlevel of the first initdefault in /etc/inittab, as init does; ""
// if there is none.
func initDefault(fsys sysfs.FS) string {
	return InitDefault(readInittab(fsys))
}

func debian(fsys sysfs.FS) bool { return fsys.Exists("/etc/debian_version") }
