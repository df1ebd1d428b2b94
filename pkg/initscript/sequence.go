package initscript

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Numbers of links if no other script demands one. An early script starts as soon as
// possible, and a late one after Xen's xencommons (70) and before xend (98), by the
// numbers of their chkconfig lines.
const (
	earlyNumber = 1
	lateNumber  = 71
	lastNumber  = 99
)

// Link is a symbolic link to be made.
type Link struct{ Path, Target string }

// NoPlaceError reports a runlevel in which a script would have to start before a script
// that it depends on.
type NoPlaceError struct {
	Name  string // the script
	After string // the link that it must follow
	Until string // the link that it must precede
}

// Error names the script first.
func (e *NoPlaceError) Error() string {
	return fmt.Sprintf("%s: cannot start both after %s and before %s", e.Name, e.After, e.Until)
}

// RunlevelLinksFor returns the links that start the script called name in its
// Default-Start runlevels. They are ordered as insserv(8) would, by what the installed
// scripts provide, but without renaming any other link. Runlevels without a folder get
// no link, and none gets a K link to stop the script. The error is a *NoPlaceError.
func RunlevelLinksFor(root, name string, script Script) ([]Link, error) {
	return runlevelLinksFor(sysfs.New(root), name, script)
}

func runlevelLinksFor(fsys sysfs.FS, name string, script Script) ([]Link, error) {
	base := runlevelBase(fsys)
	all := runlevelLinks(fsys)
	providers := provided(fsys, all)
	var links []Link
	for _, level := range script.Words("Default-Start") {
		dir := base + "/rc" + level + ".d"
		if base == "" || !fsys.Exists(dir) {
			continue
		}
		ours := RunlevelLink{Dir: dir, Level: level, Start: true, Name: name}
		placed, err := place(ours, script, all, providers)
		if err != nil {
			return nil, err
		}
		links = append(links, Link{Path: placed.String(), Target: scriptTarget(fsys, name)})
	}
	return links, nil
}

// place returns ours with its number.
func place(ours RunlevelLink, script Script, all []RunlevelLink, providers map[string][]string) (RunlevelLink, error) {
	var first, last *RunlevelLink // what ours must precede, and follow
	for i, l := range all {
		if l.Level != ours.Level || !l.Start || l.Name == ours.Name {
			continue
		}
		names := providers[l.Name]
		if anyOf(names, script.Words("X-Start-Before")) && (first == nil || l.before(*first)) {
			first = &all[i]
		}
		if anyOf(names, slices.Concat(script.Words("Required-Start"), script.Words("Should-Start"))) && (last == nil || last.before(l)) {
			last = &all[i]
		}
	}
	for _, n := range candidates(ours.Level) {
		ours.Number = n
		if (first == nil || ours.before(*first)) && (last == nil || last.before(ours)) {
			return ours, nil
		}
	}
	return ours, &NoPlaceError{Name: ours.Name, After: text(last), Until: text(first)}
}

func text(l *RunlevelLink) string {
	if l == nil {
		return "the first"
	}
	return l.String()
}

// candidates returns all numbers, the wanted one first, then those above it.
func candidates(level string) []int {
	wanted := lateNumber
	if level == "S" {
		wanted = earlyNumber
	}
	var all []int
	for n := wanted; n <= lastNumber; n++ {
		all = append(all, n)
	}
	for n := wanted - 1; n >= 0; n-- {
		all = append(all, n)
	}
	return all
}

// provided maps the scripts that links name to what they provide: their names, with and
// without the ending .sh, and the facilities of their headers.
func provided(fsys sysfs.FS, all []RunlevelLink) map[string][]string {
	names := map[string][]string{}
	for _, l := range all {
		if _, ok := names[l.Name]; !ok {
			names[l.Name] = provides(fsys, l.Name)
		}
	}
	return names
}

func provides(fsys sysfs.FS, name string) []string {
	names := []string{name}
	if stem, ok := strings.CutSuffix(name, ".sh"); ok {
		names = append(names, stem)
	}
	content, err := fsys.Read(scriptDir+"/"+name, textLimit)
	if err != nil {
		return names
	}
	script, err := ParseScript(string(content))
	if err != nil {
		return names
	}
	return append(names, script.Words("Provides")...)
}

func anyOf(names, wanted []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(wanted, n) })
}
