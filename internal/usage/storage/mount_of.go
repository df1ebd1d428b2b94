package storage

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Mount is a mounted file system.
type Mount struct {
	Point   string // where: "/boot"
	Kind    string // "ext4"
	Device  string // the number of its block device, "254:1"; "0:21" if it has none, or several
	Options string // of the file system: "rw,data=journal"
}

// MountOf returns the file system that a path is on. No link of the path is followed. The error is
// that of reading the table of mounts, or that it has no line for the path.
func MountOf(f sysfs.FS, name string) (Mount, error) {
	text, err := mountTable(f)
	if err != nil {
		return Mount{}, err
	}
	var found Mount
	for line := range strings.Lines(string(text)) {
		m, ok := parseMount(line)
		if !ok || len(m.point) < len(found.Point) {
			continue // of two at the same place, the later one hides the earlier
		}
		if m.point == "/" || name == m.point || strings.HasPrefix(name, m.point+"/") {
			found = Mount{m.point, m.kind, m.device, m.options}
		}
	}
	if found.Point == "" {
		return Mount{}, fmt.Errorf("%s: no line of mountinfo is about it", name)
	}
	return found, nil
}
