package boot

import (
	"slices"
	"strings"
	"testing"
)

// TestOldDracut adds nothing to an image of a dracut that would not read it.
func TestOldDracut(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]bool{"/usr/lib/dracut/modules.d/": true, "/usr/share/dracut/modules.d/": false} {
		files := fedora()
		delete(files, "/usr/lib/dracut/modules.d/")
		files[folder] = ""
		h := newMachine(t, files).look(nil)
		if got := h.Image.Supported(); got != want {
			t.Errorf("%s: supported: %v", folder, got)
		}
		if layers := Choose(h, cards(h)).Layers; slices.Contains(layers, Initramfs) != want {
			t.Errorf("%s: %v", folder, layers)
		}
	}
}

// TestImageFile finds the initramfs of the running kernel, whatever it is called, and knows
// where it cannot tell.
func TestImageFile(t *testing.T) {
	t.Parallel()
	entry := func(kernel string, initrds ...string) string {
		text := "### BEGIN /etc/grub.d/20_linux_xen ###\nmenuentry 'Xen' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 " + kernel + " root=/dev/sda1\n"
		for _, initrd := range initrds {
			text += "\tmodule2 --nounzip " + initrd + "\n"
		}
		return text + "}\n### END /etc/grub.d/20_linux_xen ###\n"
	}
	const (
		id    = "0123456789abcdef0123456789abcdef"
		fstab = "# /etc/fstab\nUUID=1 / ext4 defaults 0 1\nUUID=2 /boot ext4 noauto 0 2\n#UUID=3 /efi vfat defaults 0 2\nUUID=3\t/boot/efi\tvfat umask=0077 0 1\n"
	)
	mounts := func(points ...string) (text string) {
		for _, point := range points {
			text += "36 25 8:1 / " + point + " rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
		}
		return text
	}
	for _, test := range []struct {
		name        string
		files       map[string]string
		file        string
		unexplained []string
		unseen      []string
	}{
		{"none", nil, "", nil, nil},
		{"Debian", map[string]string{"/boot/initrd.img-" + release: "x"}, "/boot/initrd.img-" + release, nil, nil},
		{"Arch", map[string]string{"/lib/modules/" + release + "/pkgbase": "linux\n", "/boot/initramfs-linux.img": "x", "/boot/initramfs-linux-fallback.img": "x"}, "/boot/initramfs-linux.img", nil, nil},
		{"kernel-install", map[string]string{"/etc/machine-id": id + "\n", "/boot/" + id + "/" + release + "/initrd": "x"}, "/boot/" + id + "/" + release + "/initrd", nil, nil},
		{"the one that the entry loads, behind microcode", map[string]string{
			"/boot/grub/grub.cfg": entry("/boot/vmlinuz-"+release, "/boot/intel-ucode.img", "/boot/custom"), "/boot/custom": "x", "/boot/initrd.img-" + release: "x",
		}, "/boot/custom", nil, nil},
		{"the one that the entry loads, on a file system of its own", map[string]string{
			"/boot/grub/grub.cfg": entry("/vmlinuz-"+release, "/custom"), "/boot/custom": "x",
		}, "/boot/custom", nil, nil},
		{"an entry of another kernel", map[string]string{"/boot/grub/grub.cfg": entry("/boot/vmlinuz-7", "/boot/initrd-7"), "/boot/initrd-7": "x"}, "", []string{"/boot/initrd-7"}, nil},
		{"one that nothing explains", map[string]string{"/boot/initrd-mine": "x", "/boot/initrd.img": "-> initrd-mine", "/boot/vmlinuz": "x", "/boot/initramfs-0-rescue-" + id + ".img": "x"}, "", []string{"/boot/initrd-mine"}, nil},
		{"kernel-install on an EFI partition", map[string]string{"/etc/machine-id": id + "\n", "/efi/" + id + "/" + release + "/initrd": "x"}, "/efi/" + id + "/" + release + "/initrd", nil, nil},
		{"kernel-install with another token", map[string]string{"/boot/efi/debian/" + release + "/initrd": "x"}, "/boot/efi/debian/" + release + "/initrd", nil, nil},
		{"the one that the entry loads, on an EFI partition", map[string]string{
			"/boot/grub/grub.cfg": entry("/vmlinuz-"+release, "/xen/custom"), "/efi/xen/custom": "x",
		}, "/efi/xen/custom", nil, nil},
		{"on an EFI partition, and nothing explains it", map[string]string{"/efi/initrd": "x"}, "", []string{"/efi/initrd"}, nil},
		{"/boot is not mounted", map[string]string{"/etc/fstab": fstab, "/proc/self/mountinfo": mounts("/"), "/boot/README": "mount me"}, "", nil, []string{"/boot", "/boot/efi"}},
		{"the EFI partition is not mounted", map[string]string{"/etc/fstab": fstab, "/proc/self/mountinfo": mounts("/", "/boot"), "/boot/xen.gz": "x"}, "", nil, []string{"/boot/efi"}},
		{"all are mounted", map[string]string{"/etc/fstab": fstab, "/proc/self/mountinfo": mounts("/", "/boot", "/boot/efi"), "/boot/xen.gz": "x"}, "", nil, nil},
		{"what is mounted is not known, and the folder has files", map[string]string{"/etc/fstab": fstab, "/boot/xen.gz": "x", "/boot/efi/EFI/": ""}, "", nil, nil},
		{"what is mounted is not known, and the folder is empty", map[string]string{"/etc/fstab": fstab, "/boot/efi/": ""}, "", nil, []string{"/boot/efi"}},
		{"an empty /boot that /etc/fstab does not have", map[string]string{"/boot/": ""}, "", nil, []string{"/boot"}},
		{"the image is there, whatever is not mounted", map[string]string{"/etc/fstab": fstab, "/proc/self/mountinfo": mounts("/"), "/boot/initrd.img-" + release: "x"}, "/boot/initrd.img-" + release, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"/proc/sys/kernel/osrelease": release + "\n", "/lib/modules/" + release + "/modules.dep": ""}
			h := newMachine(t, files, test.files).look(nil)
			if h.Image.File != test.file || !slices.Equal(h.Image.Unexplained, test.unexplained) || !slices.Equal(h.Image.Unseen, test.unseen) {
				t.Errorf("%q, unexplained %q, unseen %q; want %q, %q, %q", h.Image.File, h.Image.Unexplained, h.Image.Unseen, test.file, test.unexplained, test.unseen)
			}
			if h.Image.File == "" && h.Image.Unread() != (test.unexplained != nil || test.unseen != nil) {
				t.Errorf("whether every driver may be in it: %v", h.Image.Unread())
			}
		})
	}
}

// TestUnknownImage: a layer that depends on what the initramfs contains is not enabled where it is not
// known which one the kernel has. The error names the one that it may be.
func TestUnknownImage(t *testing.T) {
	for _, layer := range []Name{Modprobe, Udev} {
		t.Run(string(layer), func(t *testing.T) {
			files := alpine()
			files["/boot/initramfs-mine"] = files["/boot/initramfs-"+release]
			delete(files, "/boot/initramfs-"+release)
			m := newMachine(t, files)
			before := m.tree()
			err := m.set(func(...string) error { return nil }, 2, layer)
			if want := "cannot tell which initramfs the kernel " + release + " has: /boot/initramfs-mine may be it"; err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "contain") {
				t.Errorf("%v; want %q", err, want)
			}
			m.isAs(before)
		})
	}
}
