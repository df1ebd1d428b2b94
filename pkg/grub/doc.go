// Package grub reads GRUB's files as GRUB and its generators read them, and edits the
// arguments of dom0's kernel in them without changing any other byte: GRUB legacy's
// menu.lst (grub.conf on Red Hat), and GRUB 2's /etc/default/grub and the files beside
// it. It reads, but does not edit, the generated grub.cfg and grubenv.
//
// It works on bytes: the caller reads and writes the files, follows their links and
// runs update-grub or grub2-mkconfig. All types are plain values, and may be shared
// between goroutines that do not change them.
package grub
