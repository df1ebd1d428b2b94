// Package config is the declared list: the devices that are to be hidden at
// every boot, in /etc/xenpci/devices.toml and /etc/xenpci/devices.d/*.toml. It
// reads the list strictly, edits it without touching a byte of anybody else's,
// and finds the devices of the machine that the list means. docs/devices.md
// describes the format. It reads the daemon's settings, /etc/xenpci/daemon.toml,
// in the same way; docs/daemon.md describes them.
//
// An error in one device of the list costs that device and no other: nothing in
// this package stops a boot.
//
// Its types but List are plain values: goroutines may share them as long as none
// changes them.
package config
