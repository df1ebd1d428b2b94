// Package usage knows what dom0 lives on: a graph from everything that is
// needed (mounted file systems, swap, the network that somebody is logged in
// over, consoles, the devices of running guests) down to PCI functions. For
// functions that somebody wants to take it says what would be lost, and by
// which chain.
//
// It reads /sys, /proc and /run below a root, and changes nothing. It asks no
// driver and runs no program, so that it never waits.
package usage
