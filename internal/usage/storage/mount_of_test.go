package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

func TestMountOf(t *testing.T) {
	const table = "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n23 22 254:2 / /boot rw - ext2 /dev/vda2 rw,data=ordered\n24 22 0:30 / /boot/efi rw - autofs systemd-1 rw\n25 24 254:3 / /boot/efi rw - vfat /dev/vda3 rw\n26 22 254:4 / /boo rw - xfs /dev/vda4 rw\n"
	f := sysfs.New(graphtest.Plant(t, map[string]string{"/proc/self/mountinfo": table}))
	for name, want := range map[string]Mount{
		"/boot/grub/grubenv": {"/boot", "ext2", "254:2", "rw,data=ordered"},
		"/boot":              {"/boot", "ext2", "254:2", "rw,data=ordered"},
		"/boot/efi/EFI":      {"/boot/efi", "vfat", "254:3", "rw"},
		"/bootstrap":         {"/", "ext4", "254:1", "rw"},
	} {
		got, err := MountOf(f, name)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if _, err := MountOf(sysfs.New(graphtest.Plant(t, map[string]string{"/proc/self/mountinfo": "junk\n"})), "/boot"); err == nil {
		t.Error("a table without lines")
	}
}
