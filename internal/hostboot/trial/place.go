package trial

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/storage"
)

// written are the file systems on which GRUB writes a file into its blocks. On the others, such as
// btrfs and ZFS, the blocks have checksums, are shared or compressed.
var written = [...]string{"ext2", "ext3", "ext4", "xfs", "vfat", "msdos"}

// writable returns why GRUB cannot write to a file at boot; nil if it can. GRUB writes to disks and
// partitions only: not to logical volumes, arrays and encrypted volumes (grub-reboot(8), util/grub-editenv.c).
func writable(f sysfs.FS, file string) error {
	const advice = "GRUB would boot the trial again and again; put /boot on a partition with ext4 first"
	name, err := etc.Resolve(f, file)
	if err != nil {
		return err
	}
	mount, err := storage.MountOf(f, name)
	if err != nil {
		return refused(Unwritable, advice, "it is not known what %s is on: %s", name, err)
	}
	options := strings.Split(mount.Options, ",")
	switch {
	case !slices.Contains(written[:], mount.Kind):
		return refused(Unwritable, advice, "%s is on a %s file system, to which GRUB cannot write", name, mount.Kind)
	case slices.Contains(options, "data=journal"):
		return refused(Unwritable, advice, "%s is on a file system with data=journal, which would bring back what GRUB overwrites", name)
	}
	link := "/sys/dev/block/" + mount.Device
	target, err := f.Readlink(link)
	if err != nil {
		return refused(Unwritable, advice, "it is not known what %s is on: %s", name, err)
	}
	device := path.Join(path.Dir(link), target)
	base := path.Base(device)
	switch {
	case !strings.HasPrefix(device, "/sys/devices/virtual/block/"):
		return nil
	case strings.HasPrefix(base, "dm-"):
		return refused(Unwritable, advice, "%s is on %s, a logical or encrypted volume, to which GRUB cannot write", name, base)
	case strings.HasPrefix(base, "md"):
		return refused(Unwritable, advice, "%s is on the array %s, to which GRUB cannot write", name, base)
	}
	return refused(Unwritable, advice, "%s is on %s, which is no disk to which GRUB can write", name, base)
}
