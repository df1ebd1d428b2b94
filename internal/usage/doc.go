// Package usage finds out which PCI functions dom0 needs, and for what: mounted file
// systems, swap, the network that somebody is logged in over, consoles, the disks
// and networks of running guests. The result is a graph.Graph, which answers what is
// lost when some functions are taken.
//
// The rooms below it read one part of the machine each: storage, network, console
// and platform. They read /sys, /proc and /run below a root, change nothing, ask no
// driver and run no program, so that they never wait.
package usage
