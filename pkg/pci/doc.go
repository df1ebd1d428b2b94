// Package pci knows the PCI devices of one Linux machine as sysfs shows them:
// their addresses, identities, drivers and names.
//
// It reads and never writes. Every function takes the root below which /sys
// stands, so that a captured tree or a rescue disk can be looked at as well.
// All types are plain values without hidden state; they may be shared between
// goroutines as long as nobody changes them.
package pci
