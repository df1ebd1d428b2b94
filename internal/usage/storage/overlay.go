package storage

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// stacked reports whether a file system of this kind is on directories of others.
func stacked(kind string) bool {
	return kind == "overlay" || kind == "overlayfs" || kind == "ecryptfs"
}

// stack finds out which file systems hold the directories of a stacked one.
func (m *mounts) stack(sys *system) {
	n := sys.node
	for _, dir := range directories(sys.mount) {
		on, ok := m.holder(path.Clean(dir))
		switch {
		case !strings.HasPrefix(dir, "/"), !ok, on != nil && on.Reaches(n):
			// Relative to the working directory of whoever mounted it, or below a root
			// that another one, perhaps this overlay, was mounted over since.
			dir, at := prose.Printable(dir), prose.Printable(sys.point)
			m.Unknown(graph.MountUnknown, graph.Warn, at, "cannot tell on which file system the directory "+dir+" of "+at+" is", nil)
		case on != nil && !slices.Contains(n.On, on):
			n.On = append(n.On, on)
		}
	}
}

// directories returns those that a stacked file system is on. An overlay has them
// in its options (fs/overlayfs/params.c), with a backslash before colons and
// commas in their names, which the kernel writes as "\134". Since Linux 6.8 each
// may have an option of its own. workdir is where upperdir is.
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

// splitColons splits at colons that have no backslash before them. What follows
// two colons is a directory too, of data only.
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
