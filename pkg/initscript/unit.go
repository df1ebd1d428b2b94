package initscript

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Setting is one assignment in a section of a unit.
type Setting struct{ Section, Name, Value string }

// Unit has the settings of a unit file and its drop-ins, in the order in which systemd
// reads them (systemd.syntax(7)).
type Unit struct{ Settings []Setting }

// ParseUnit reads a unit file. A line that ends in \ continues in the next one, comments
// between them omitted; a line without an assignment is ignored, as by systemd, which
// warns of it.
func ParseUnit(text string) Unit {
	var u Unit
	section, joined := "", ""
	for raw := range strings.Lines(text) {
		line := strings.TrimSpace(raw)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if rest, ok := strings.CutSuffix(line, `\`); ok {
			joined += rest + " "
			continue
		}
		line = joined + line
		joined = ""
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = line[1 : len(line)-1]
			continue
		}
		if name, value, ok := strings.Cut(line, "="); ok {
			u.Settings = append(u.Settings, Setting{section, strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return u
}

// Words returns the names in a list setting, over all its lines. An empty assignment
// clears those before it, except for dependencies (Before=, After=), which systemd
// never clears.
func (u Unit) Words(section, name string) []string {
	var words []string
	for _, s := range u.Settings {
		if s.Section != section || s.Name != name {
			continue
		}
		if s.Value == "" && section != "Unit" {
			words = nil
		}
		words = append(words, strings.Fields(s.Value)...)
	}
	return words
}

// unitDirs are systemd's folders of units, by priority: a unit hides those of its name
// in the folders after it (systemd.unit(5)).
var unitDirs = [...]string{
	"/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late",
}

// FindUnit reads the unit called name and its drop-ins. The result is false if there is
// no such unit, or it is masked.
func FindUnit(root, name string) (Unit, bool) { return findUnit(sysfs.New(root), name) }

// Masked returns the file by which the unit called name is masked: a link to /dev/null, or an empty
// file. masked is false if it is not.
func Masked(root, name string) (file string, masked bool) {
	file, _, masked = unitFile(sysfs.New(root), name)
	return file, masked
}

// unitFile returns the file that systemd reads for a unit, with its content, and whether that masks
// the unit; "" if there is no such file.
func unitFile(fsys sysfs.FS, name string) (file string, content []byte, masked bool) {
	for _, dir := range unitDirs {
		file = dir + "/" + name
		if target, err := fsys.Readlink(file); err == nil && target == "/dev/null" {
			return file, nil, true
		}
		content, err := fsys.Read(file, textLimit)
		if err == nil {
			return file, content, len(content) == 0
		}
	}
	return "", nil, false
}

func findUnit(fsys sysfs.FS, name string) (Unit, bool) {
	file, content, masked := unitFile(fsys, name)
	if file == "" || masked {
		return Unit{}, false
	}
	u := ParseUnit(string(content))
	for _, text := range dropIns(fsys, name) {
		u.Settings = append(u.Settings, ParseUnit(text).Settings...)
	}
	return u, true
}

// dropIns are the texts of NAME.d/*.conf of all folders, by their names.
func dropIns(fsys sysfs.FS, name string) []string {
	found := map[string]string{}
	var order []string
	for _, dir := range unitDirs {
		names, err := fsys.List(dir + "/" + name + ".d")
		if err != nil {
			continue
		}
		for _, n := range names {
			if _, ok := found[n]; ok || !strings.HasSuffix(n, ".conf") {
				continue
			}
			if content, err := fsys.Read(dir+"/"+name+".d/"+n, textLimit); err == nil {
				found[n] = string(content)
				order = append(order, n)
			}
		}
	}
	slices.Sort(order)
	texts := make([]string, 0, len(order))
	for _, n := range order {
		texts = append(texts, found[n])
	}
	return texts
}

// UnitLinks returns the links that enable the unit file at path, by its WantedBy: those
// that "systemctl enable" makes.
func UnitLinks(path string, u Unit) []Link {
	name := path[strings.LastIndexByte(path, '/')+1:]
	var links []Link
	for _, target := range u.Words("Install", "WantedBy") {
		links = append(links, Link{Path: "/etc/systemd/system/" + target + ".wants/" + name, Target: path})
	}
	return links
}
