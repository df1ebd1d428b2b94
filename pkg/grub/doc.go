// Package grub reads GRUB's files as GRUB and its generators read them, and
// changes the arguments of dom0's kernel in them without touching another byte:
// GRUB legacy's menu.lst (grub.conf on Red Hat), GRUB 2's /etc/default/grub and
// what belongs to it, and, to look at only, the generated grub.cfg with grubenv.
//
// It works on bytes: the caller reads and writes the files, follows their links
// and runs update-grub or grub2-mkconfig. All types are plain values; they may
// be shared between goroutines as long as nobody changes them.
package grub
