// Package modprobe reads modprobe's configuration as kmod reads it, and edits its files
// without changing any other byte.
//
// It mirrors modprobe.d(5): the files *.conf in /etc/modprobe.d,
// /run/modprobe.d, /usr/local/lib/modprobe.d and /lib/modprobe.d, depmod's
// modules.softdep, and what the kernel command line adds. The rules are
// those of libkmod/libkmod-config.c and shared/util.c of kmod and of lib/cmdline.c of
// Linux; tests compare them with the installed modprobe.
//
// Three rules are easily missed. Of several softdep lines for a module, and of
// several install lines, kmod uses the first and ignores the others; of several
// values of a parameter the kernel uses the last. And modules.softdep, with the
// dependencies that modules declare themselves, is sorted among the files by its name:
// for a module such as r8169, which declares one, a softdep line in a file that sorts
// after it has no effect.
package modprobe
