// Package fakekernel is a machine for tests: a tree of files that answers
// writes as the Linux driver core and xen-pciback do, errno by errno. Only
// tests may import it.
//
// Unpack makes such a tree from an archive in testdata/sysfs; Write answers
// what package sysfs would answer on a real machine. All state lies in the
// tree: what a kernel shows in sysfs, where a kernel shows it, and what it
// keeps to itself in the directory /.fakekernel. Every effect is made under a
// lock on a file there, so several processes may share one fake kernel, and a
// command that was killed finds on its next run what the real one would find.
//
// What it answers was measured on Linux 6.1 under Xen 4.17, and otherwise read
// in drivers/base/bus.c, drivers/pci/{pci-driver,pci-sysfs,iov}.c and
// drivers/xen/xen-pciback/pci_stub.c. Package contract holds it to that table.
//
// Faults (see Fault) make chosen writes fail, hang, kill the process or lose
// the device. They are set in the process by Host.Inject, or by the environment
// variable XENPCI_FAKE_FAULT for a process under test.
package fakekernel
