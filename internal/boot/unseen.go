package boot

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/storage"
)

// unseenFolders returns the folders that may have images and whose content is not seen now: a
// file system of its own that is not mounted, by /etc/fstab, and an empty /boot.
func unseenFolders(f sysfs.FS) (unseen []string) {
	fstab, _, _ := etc.Read(f, "/etc/fstab") // without it, only an empty /boot is noticed
	points := mountPoints(string(fstab))
	mounted, err := storage.MountPoints(f)
	for _, folder := range initramfs.Folders() {
		entries, listErr := f.Entries(folder, 1)
		empty := listErr == nil && len(entries) == 0
		switch {
		case folder == "/boot" && empty,
			slices.Contains(points, folder) && err == nil && !slices.Contains(mounted, folder),
			slices.Contains(points, folder) && err != nil && (empty || listErr != nil):
			unseen = append(unseen, folder)
		}
	}
	return unseen
}

// mountPoints returns the second field of each line of /etc/fstab (fstab(5)).
func mountPoints(fstab string) (points []string) {
	for line := range strings.Lines(fstab) {
		if fields := strings.Fields(line); len(fields) > 1 && !strings.HasPrefix(fields[0], "#") {
			points = append(points, path.Clean(fields[1]))
		}
	}
	return points
}
