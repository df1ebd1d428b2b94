package usage

import (
	"path"
	"slices"
	"strings"
)

// stacked says whether a file system of this kind is on directories of others.
func stacked(kind string) bool {
	return kind == "overlay" || kind == "overlayfs" || kind == "ecryptfs"
}

// stack finds out which file systems hold the directories of a stacked one. One
// that is on a single file system is where that is.
func (m *mounted) stack(sys *system) {
	n := sys.node
	for _, dir := range directories(sys.mount) {
		on, ok := m.holder(path.Clean(dir))
		switch {
		case !strings.HasPrefix(dir, "/"), !ok, on != nil && reaches(on, n, make(map[*Node]bool)):
			// Relative to where somebody stood who mounted it, or a root that
			// another one, perhaps this overlay, was mounted over since.
			m.dark("the directory " + printable(dir) + " of " + printable(sys.point) + " cannot be seen")
		case on != nil && !slices.Contains(n.On, on):
			n.On = append(n.On, on)
		}
	}
}

// directories are those that a stacked file system is on. An overlay has them in
// its options (fs/overlayfs/params.c), colons and commas in their names with a
// backslash before them, which the kernel then writes as "\134". Since Linux 6.8
// each may have an option of its own. workdir is where upperdir is.
func directories(m mount) (dirs []string) {
	if m.kind == "ecryptfs" {
		return []string{m.source}
	}
	for option := range strings.SplitSeq(m.options, ",") {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "upperdir", "lowerdir+", "datadir+":
			dirs = append(dirs, strings.Join(splitColons(unescape(value)), ":"))
		case "lowerdir":
			dirs = append(dirs, splitColons(unescape(value))...)
		}
	}
	return dirs
}

// splitColons splits at colons that have no backslash before them. What comes
// after two colons is a directory too, of data alone.
func splitColons(text string) (parts []string) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			parts = append(parts, b.String())
		}
		b.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == ':':
			flush()
		default:
			b.WriteByte(text[i])
		}
	}
	flush()
	return parts
}
