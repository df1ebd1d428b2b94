// Package modprobe reads what modprobe is configured to do, as kmod reads it,
// and edits its files so that every byte that is not the caller's stays.
//
// It mirrors modprobe.d(5): the files *.conf in /etc/modprobe.d,
// /run/modprobe.d, /usr/local/lib/modprobe.d and /lib/modprobe.d, depmod's
// modules.softdep, and what the kernel command line adds. The rules stand in
// libkmod/libkmod-config.c and shared/util.c of kmod and in lib/cmdline.c of
// Linux, and tests hold them to the modprobe that is installed.
//
// Three rules are easily missed. Of several softdep lines for a module, and of
// several install lines, kmod uses the first and drops the others; of several
// values of a parameter the kernel keeps the last. And modules.softdep, with
// what modules ask for themselves, is in the same order of names as the files:
// a softdep of a file whose name comes after it does nothing for r8169.
package modprobe
