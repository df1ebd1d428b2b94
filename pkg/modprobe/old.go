package modprobe

import "github.com/xenpci/xenpci/internal/sysfs"

// OldTools reports whether the modprobe below root is that of module-init-tools, which
// reads /etc/modprobe.conf too. That is a program, without a program kmod beside it;
// kmod's modprobe is a link to kmod, BusyBox's a link to busybox.
//
// The last module-init-tools read /etc/modprobe.conf first and then the
// folders, as Read does for Old; older ones read a folder only through a line
// "include" in it.
func OldTools(root string) bool {
	fsys := sysfs.New(root)
	for _, kmod := range []string{"/bin/kmod", "/usr/bin/kmod", "/sbin/kmod", "/usr/sbin/kmod"} {
		if fsys.Exists(kmod) {
			return false
		}
	}
	for _, modprobe := range []string{"/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe"} {
		if _, err := fsys.Readlink(modprobe); err == nil {
			return false
		}
		if fsys.Exists(modprobe) {
			return true
		}
	}
	return false
}
