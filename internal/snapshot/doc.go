// Package snapshot writes a text archive of all files of a machine that xenpci
// reads, for a bug report or a test.
//
// It changes nothing and wakes no driver: tables list the files that it reads, and
// every read and every list is bounded. Links are stored as links. Only
// configuration files are read through links, as boot loaders and modprobe read
// them. Files that vanish meanwhile are left out, and files that may not be read are
// noted.
//
// About the boot, the archive has only what the commands boot, verify and import
// use: the files of the initramfs that decide which driver gets a device, and the
// order of scripts and units. It does not have the kernel's log, which shows the
// first driver of a device.
package snapshot
