package grub

import "testing"

// TestXenOf knows Xen by its name, and under any other name by the Linux that it boots.
func TestXenOf(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		dom0  string // "" where it is not Xen
	}{
		{"by its name", []string{"/boot/xen-4.17-amd64.gz", "/boot/mine", "/initrd"}, "/boot/mine"},
		{"a copy with another name", []string{"(hd0,gpt2)/boot/hv.gz", "/boot/vmlinuz-6.1", "/initrd"}, "/boot/vmlinuz-6.1"},
		{"what a variable names", []string{"${hypervisor}", "/boot/vmlinuz-6.1"}, "/boot/vmlinuz-6.1"},
		{"genkernel", []string{"/boot/hypervisor", "/boot/kernel-6.1-gentoo"}, "/boot/kernel-6.1-gentoo"},
		{"NixOS", []string{"($drive1)//kernels/hv", "($drive1)//kernels/linux-6.6-bzImage"}, "($drive1)//kernels/linux-6.6-bzImage"},
		{"a self-made kernel", []string{"/boot/hypervisor", "/boot/bzImage"}, "/boot/bzImage"},
		{"after tboot", []string{"/tboot.gz", "/xen.gz", "/vmlinuz"}, "/vmlinuz"},
		{"tboot without Xen", []string{"/tboot.gz", "/vmlinuz", "/initrd"}, ""},
		{"another hypervisor", []string{"/boot/acrn.bin", "/boot/bzImage"}, ""},
		{"the Hurd", []string{"/boot/gnumach.gz", "/hurd/ext2fs.static"}, ""},
		{"Linux with a module", []string{"/vmlinuz", "/vmlinuz"}, ""},
		{"alone", []string{"/xen.gz"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var images []Image
			stanza := "title x\n"
			for i, file := range test.files {
				images = append(images, Image{File: file})
				stanza += map[bool]string{true: "kernel ", false: "module "}[i == 0] + file + "\n"
			}
			if x, ok := XenOf(images); ok != (test.dom0 != "") || x.Dom0.File != test.dom0 {
				t.Errorf("%+v, %t", x, ok)
			}
			if x, ok := ParseMenuList([]byte(stanza)).Stanzas[0].Xen(); ok != (test.dom0 != "") || x.Dom0.File != test.dom0 {
				t.Errorf("GRUB legacy: %+v, %t", x, ok)
			}
		})
	}
}
