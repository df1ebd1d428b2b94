// Package initscript reads and plans what runs at boot: LSB scripts with their
// runlevel links, systemd units, OpenRC scripts and upstart jobs. It works on
// bytes and on a root (sysfs.FS), and changes nothing: it says which links are
// wanted and which programs install a script, and the caller does it.
//
// Functions without state may be called from several goroutines.
package initscript
