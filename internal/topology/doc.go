// Package topology arranges the functions of a machine into a tree of domains,
// buses and bridges.
//
// The tree is the one that lspci 3.10 and later of pciutils shows with -t and -P.
// The package reads no files. A tree may be shared between goroutines as long as it
// is not modified.
package topology
