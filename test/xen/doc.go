// Package xen tests xenpci on a real Xen with a real dom0, in QEMU: build tag
// xen, make xen-test. What runs inside dom0 is in the folder dom0 and beside
// the packages that it is about; each of its tests is a subtest here.
package xen
