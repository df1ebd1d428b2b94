// Package snapshot writes a machine as a text archive: all that xenpci reads of
// it, for a bug report or a test.
//
// Nothing is changed and nothing asked of a driver: what is read is named in
// tables, and every read, list and count has a bound. Links are stored as links
// and never followed, but for configuration files, which are read as boot loaders
// and modprobe read them. What vanishes meanwhile is left out, what may not be
// read is noted.
//
// Of what a machine boots with it has what 'boot', 'verify' and 'import' say
// something about, and no more: of the initramfs those of its files that decide
// who has a device, of scripts and units their places among others. The kernel's
// log, which tells who had a device first, stays where it is.
package snapshot
