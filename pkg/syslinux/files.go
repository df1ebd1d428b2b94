package syslinux

import "path"

// Media is the folder in which Alpine's diskless mode mounts the medium that it was booted
// from.
const Media = "/media"

// files are where a system has the file; SYSLINUX itself takes the first that there is on its
// own file system, which may be mounted at /boot or at /.
var files = [...]string{
	"/boot/extlinux.conf", "/boot/extlinux/extlinux.conf", "/boot/syslinux/extlinux.conf", "/boot/syslinux/syslinux.cfg", "/boot/syslinux.cfg",
	"/boot/isolinux/isolinux.cfg", "/extlinux.conf", "/syslinux/syslinux.cfg", "/syslinux.cfg", "/isolinux/isolinux.cfg",
}

// Files returns the paths at which the configuration may be, the likeliest first. media are
// the names in the folder Media.
func Files(media []string) []string {
	all := files[:len(files):len(files)]
	for _, name := range media {
		all = append(all, path.Join(Media, name, "boot/syslinux/syslinux.cfg"))
	}
	return all
}
