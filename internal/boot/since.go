package boot

import "github.com/xenpci/xenpci/internal/config"

// ChangedSinceBoot reports whether the list, or a layer's file, was written after
// this boot began, so that this boot cannot have read it. If the time of the boot
// is not known, it returns false.
func ChangedSinceBoot(h *Host, devices []Device) bool {
	began, err := h.FS.BootTime()
	if err != nil {
		return false
	}
	names := config.Files(h.FS)
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
