package storage

import (
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// serves reports whether a disk of SCSI or NVMe answers, as far as its driver
// shows it. A state that is unknown, or cannot be read, may be that of a path to a
// server that is unreachable, or of a disk that is being removed. The disks of all
// other kinds have no state.
func (d *disks) serves(name string) bool {
	home := d.homes[name]
	if disk := path.Base(path.Dir(home)); d.homes[disk] != "" { // a partition is where its disk is
		return d.serves(disk)
	}
	entry := classBlock + "/" + name
	switch {
	case strings.HasPrefix(home, nvmeSubsystems):
		sound, _ := d.paths(name, home)
		return len(sound) > 0
	case strings.HasPrefix(name, "nvme"):
		return d.live(entry+"/device") &&
			d.among(entry+"/ana_state", "optimized", "non-optimized") // since Linux 5.0
	case strings.HasPrefix(name, "sd"):
		state, err := d.fsys.Attribute(entry + "/device/state")
		return err == nil && state == "running" &&
			d.among(entry+"/device/access_state", "active/optimized", "active/non-optimized", "lba-dependent", "standby") // of ALUA, since Linux 4.6
	}
	return true
}

// live reports whether an NVMe controller serves its disks, by its folder. An old
// kernel shows no state, but the number of /dev/nvme0; of a controller that is
// removed the number goes first (device_del in drivers/base/core.c).
func (d *disks) live(controller string) bool {
	state, err := d.fsys.Attribute(controller + "/state")
	if sysfs.IsNotExist(err) {
		return d.fsys.Exists(controller + "/dev")
	}
	return err == nil && state == "live"
}

// among reports whether an attribute is one of these values, or is not there.
// SCSI has no value, EINVAL, for a disk without a handler of its paths
// (drivers/scsi/scsi_sysfs.c).
func (d *disks) among(file string, values ...string) bool {
	value, err := d.fsys.Attribute(file)
	if err != nil {
		return sysfs.IsNotExist(err) || errors.Is(err, syscall.EINVAL)
	}
	return slices.Contains(values, value)
}
