package boot

import (
	"slices"
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
	const id = "0123456789abcdef0123456789abcdef"
	for _, test := range []struct {
		name        string
		files       map[string]string
		file        string
		unexplained []string
	}{
		{"none", nil, "", nil},
		{"Debian", map[string]string{"/boot/initrd.img-" + release: "x"}, "/boot/initrd.img-" + release, nil},
		{"Arch", map[string]string{"/lib/modules/" + release + "/pkgbase": "linux\n", "/boot/initramfs-linux.img": "x", "/boot/initramfs-linux-fallback.img": "x"}, "/boot/initramfs-linux.img", nil},
		{"kernel-install", map[string]string{"/etc/machine-id": id + "\n", "/boot/" + id + "/" + release + "/initrd": "x"}, "/boot/" + id + "/" + release + "/initrd", nil},
		{"the one that the entry loads, behind microcode", map[string]string{
			"/boot/grub/grub.cfg": entry("/boot/vmlinuz-"+release, "/boot/intel-ucode.img", "/boot/custom"), "/boot/custom": "x", "/boot/initrd.img-" + release: "x",
		}, "/boot/custom", nil},
		{"the one that the entry loads, on a file system of its own", map[string]string{
			"/boot/grub/grub.cfg": entry("/vmlinuz-"+release, "/custom"), "/boot/custom": "x",
		}, "/boot/custom", nil},
		{"an entry of another kernel", map[string]string{"/boot/grub/grub.cfg": entry("/boot/vmlinuz-7", "/boot/initrd-7"), "/boot/initrd-7": "x"}, "", []string{"/boot/initrd-7"}},
		{"one that nothing explains", map[string]string{"/boot/initrd-mine": "x", "/boot/initrd.img": "-> initrd-mine", "/boot/vmlinuz": "x", "/boot/initramfs-0-rescue-" + id + ".img": "x"}, "", []string{"/boot/initrd-mine"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"/proc/sys/kernel/osrelease": release + "\n", "/lib/modules/" + release + "/modules.dep": ""}
			h := newMachine(t, files, test.files).look(nil)
			if h.Image.File != test.file || !slices.Equal(h.Image.Unexplained, test.unexplained) {
				t.Errorf("%q, unexplained %q; want %q, %q", h.Image.File, h.Image.Unexplained, test.file, test.unexplained)
			}
			if h.Image.File == "" && h.Image.unread() != (test.unexplained != nil) {
				t.Errorf("whether every driver may be in it: %v", h.Image.unread())
			}
		})
	}
}
