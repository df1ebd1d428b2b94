// Package initscript reads and plans what runs at boot: LSB scripts with their
// runlevel links, systemd units, OpenRC scripts and upstart jobs. Its functions take
// text, or the root below which /etc and /run are, and change nothing: they return the
// links to make and the programs to run, and the caller does that.
//
// All functions may be called from several goroutines.
package initscript
