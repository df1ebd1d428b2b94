// Package topology puts the functions of a machine where they sit: on buses,
// behind bridges, in domains.
//
// It follows pciutils' lspci 3.10 and later, whose -t and -P show the same
// tree, and reads nothing itself. What it makes may be shared between goroutines
// as long as nobody changes it.
package topology
