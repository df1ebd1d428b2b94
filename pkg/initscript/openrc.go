package initscript

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Depends are the dependencies that an OpenRC script declares in its depend function
// (openrc-run(8)), by verb: "before", "after", "need", "use", "want", "provide",
// "keyword".
type Depends map[string][]string

// ParseDepends reads the depend function of a script without executing it: commands
// within conditions are included, and names that are variables are omitted. The
// Depends of a script without the function are empty.
func ParseDepends(text string) Depends {
	depends := Depends{}
	in := false
	joined := ""
	for raw := range strings.Lines(text) {
		line := strings.TrimSpace(raw)
		if rest, ok := strings.CutSuffix(line, `\`); ok {
			joined += rest + " "
			continue
		}
		line = joined + line
		joined = ""
		switch {
		case !in:
			in = strings.HasPrefix(strings.ReplaceAll(line, " ", ""), "depend()")
		case line == "}":
			return depends
		default:
			line, _, _ = strings.Cut(line, "#")
			for command := range strings.SplitSeq(line, ";") {
				depends.add(strings.Fields(command))
			}
		}
	}
	return depends
}

func (d Depends) add(words []string) {
	verbs := [...]string{"before", "after", "need", "use", "want", "provide", "keyword"}
	if len(words) < 2 || !slices.Contains(verbs[:], words[0]) {
		return
	}
	for _, w := range words[1:] {
		if !strings.ContainsAny(w, "$\"'`") {
			d[words[0]] = append(d[words[0]], w)
		}
	}
}

// follows reports whether a service with these Depends is started after name.
func (d Depends) follows(name string) bool {
	for _, verb := range [...]string{"after", "need", "use", "want"} {
		if slices.Contains(d[verb], name) {
			return true
		}
	}
	return false
}

// openRCRunlevels are the runlevels of a boot, in their order.
var openRCRunlevels = [...]string{"sysinit", "boot", "default"}

// runlevelOf is the place of name's runlevel in openRCRunlevels, or -1.
func runlevelOf(fsys sysfs.FS, name string) int {
	return slices.IndexFunc(openRCRunlevels[:], func(runlevel string) bool {
		_, err := fsys.Readlink("/etc/runlevels/" + runlevel + "/" + name)
		return err == nil
	})
}
