package boot

import (
	"bytes"
	"strconv"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// ChangedSinceBoot reports whether the list, or a file of a layer, was written after
// this boot began, so that this boot did not use it. It returns false where it is
// not known when the boot began (btime in /proc/stat).
func ChangedSinceBoot(h *Host, devices []Device) bool {
	began, known := bootTime(h.FS)
	if !known {
		return false
	}
	names := listFiles(h)
	for _, l := range layers() {
		changes, _ := l.files(h, devices, false) // what cannot be planned is not there
		for _, c := range changes {
			if !c.Equal() { // something of ours is in it
				names = append(names, c.Path)
			}
		}
	}
	for _, name := range names {
		if written, err := h.FS.ModTime(name); err == nil && written.After(began) {
			return true
		}
	}
	return false
}

// bootTime returns when the kernel started, in whole seconds.
func bootTime(f sysfs.FS) (began time.Time, known bool) {
	const limit = 1 << 20
	content, err := f.Read("/proc/stat", limit)
	if err != nil {
		return time.Time{}, false
	}
	for line := range bytes.Lines(content) {
		if text, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			seconds, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
			return time.Unix(seconds, 0), err == nil
		}
	}
	return time.Time{}, false
}
