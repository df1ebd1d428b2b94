// Package fakekernel is a machine for tests: a tree of files that responds to writes like
// the Linux driver core and xen-pciback, with the same errno values. Only tests may import
// it.
//
// Unpack makes such a tree from an archive in testdata/sysfs. Write returns what package
// sysfs would return on a real machine. All state is in the tree: what a kernel shows in
// sysfs is at the same place, and its internal state is in the directory /.fakekernel.
// Every effect happens under a lock on a file there, so several processes may share one
// fake kernel, and after a command was killed, the next one finds the state that a real
// kernel would have.
//
// Plug puts a card into the running machine, Pull takes one out, and Listen hears the uevents
// of all that.
//
// Its behaviour was measured on Linux 6.1 under Xen 4.17, and otherwise derived from
// drivers/base/bus.c, drivers/pci/{pci-driver,pci-sysfs,iov}.c and
// drivers/xen/xen-pciback/pci_stub.c. Package contract tests it against tables.
//
// A Fault makes selected writes fail or hang, kills the process, or removes the device.
// Faults are set with Host.Inject, or with the environment variable XENPCI_FAKE_FAULT for
// a process under test.
package fakekernel
