package initscript

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// dependFile is written by insserv(8) for startpar(8); if it exists, scripts are ordered
// by their dependencies and not by the numbers of their links.
const dependFile = scriptDir + "/.depend.start"

// placeScript compares the links of the runlevels in which the system boots.
func placeScript(fsys sysfs.FS, ours, other string) (Place, string, bool) {
	all := runlevelLinks(fsys)
	providers := provided(fsys, all)
	find := func(level string, is func(RunlevelLink) bool) (RunlevelLink, bool) {
		i := slices.IndexFunc(all, func(l RunlevelLink) bool { return l.Level == level && l.Start && is(l) })
		if i < 0 {
			return RunlevelLink{}, false
		}
		return all[i], true
	}
	mine := func(l RunlevelLink) bool { return l.Name == ours }
	theirs := func(l RunlevelLink) bool {
		return l.Name != ours && slices.Contains(providers[l.Name], other)
	}
	place, why, there := Before, "", false
	for _, level := range bootRunlevels(fsys) {
		them, ok := find(level, theirs)
		if !ok {
			continue
		}
		there = true
		if us, ok := find("S", mine); ok {
			why = us.String() + " comes before runlevel " + level
			continue
		}
		us, ok := find(level, mine)
		if !ok {
			return Absent, ours + " is not started in runlevel " + level, true
		}
		place, why = placeLinks(fsys, us, them)
		if place != Before {
			return place, why, true
		}
	}
	return place, why, there
}

func placeLinks(fsys sysfs.FS, us, them RunlevelLink) (Place, string) {
	if content, err := fsys.Read(dependFile, textLimit); err == nil {
		needs := parseDepend(string(content))
		switch {
		case waitsFor(needs, them.Name, us.Name):
			return Before, "by " + dependFile + " " + them.Name + " waits for " + us.Name
		case waitsFor(needs, us.Name, them.Name):
			return After, "by " + dependFile + " " + us.Name + " waits for " + them.Name
		}
		return Unordered, dependFile + " does not order " + us.Name + " and " + them.Name
	}
	if us.before(them) {
		return Before, us.String() + " comes before " + them.String()
	}
	return After, us.String() + " comes after " + them.String()
}

// parseDepend reads lines "xendomains: xen xenpci".
func parseDepend(text string) map[string][]string {
	needs := map[string][]string{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(line, ":")
		if ok && !strings.ContainsAny(name, " =") {
			needs[name] = append(needs[name], strings.Fields(rest)...)
		}
	}
	return needs
}

// waitsFor reports whether name is started after wanted, directly or not.
func waitsFor(needs map[string][]string, name, wanted string) bool {
	seen := map[string]bool{name: true}
	for queue := []string{name}; len(queue) > 0; queue = queue[1:] {
		for _, n := range needs[queue[0]] {
			if n == wanted {
				return true
			}
			if !seen[n] {
				seen[n] = true
				queue = append(queue, n)
			}
		}
	}
	return false
}
