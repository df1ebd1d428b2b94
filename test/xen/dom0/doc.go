// Package dom0 holds the tests that run inside a real dom0. They are compiled
// with the build tag xen, taken into the emulated Xen host of test/xen, and
// run there as root: they take devices from their drivers.
//
// The hosts have an e1000 at 00:09.0, its twin at 00:0a.0, an RTL8139 at
// 00:0b.0 and a USB controller with four functions at 00:1d; behind each card
// is a network with a DHCP server.
package dom0
