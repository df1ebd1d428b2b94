// Package pci reads the PCI devices of a Linux machine from sysfs: their addresses,
// identities, drivers and names.
//
// It never writes. Every function takes the root below which /sys is ("" or "/" for
// this machine), so that it works on a captured tree or on another system's disk too.
// All types are plain values, and may be shared between goroutines that do not change
// them.
package pci
