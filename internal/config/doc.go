// Package config is the declared list: the devices that are to be hidden at
// every boot, in /etc/xenpci/devices.toml and /etc/xenpci/devices.d/*.toml. It
// reads the list strictly, edits it so that every byte of others stays, and
// finds out which devices that are there now are meant. docs/devices.md has the
// format.
//
// What is wrong with one device costs that device, not the others: nothing in
// here ends a boot.
//
// Its types are plain values, and may be shared between goroutines as long as
// nobody changes them.
package config
