// Package xenboot tests xenpci over whole boots, as a machine makes them: BIOS,
// GRUB, Xen, the distribution's initramfs and its init, in QEMU. Build tag
// xen, make xen-boot-test. docs/boot-lab.md says how to try something out.
package xenboot
