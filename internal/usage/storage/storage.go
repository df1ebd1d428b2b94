// Package storage finds out what dom0's storage depends on: mounted file systems,
// swap, ZFS pools, the disks of its guests, and those that programs have open.
//
// It reads sysfs, /proc and udev's records, asks no driver and runs no program, so
// that it never waits.
package storage

import (
	"errors"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/network"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Scan reads the storage and adds what needs it to b. n is the network by which
// dom0 reaches the machines that disks and file systems are in; devices are all PCI
// functions, read with pci.WithDriver. What cannot be read becomes a finding, and what
// cannot be traced may be on any disk that nothing else explains.
func Scan(b *graph.Builder, fsys sysfs.FS, n *network.Network, devices []pci.Device) {
	d := scanTables(b, fsys, n)
	d.openDisks(b.Needs())
	d.needUntraced(b.Needs(), devices)
}

// Glance is Scan without looking at each process, so that it does not find the disks that
// programs have open without mounting them.
func Glance(b *graph.Builder, fsys sysfs.FS, n *network.Network, devices []pci.Device) {
	scanTables(b, fsys, n).needUntraced(b.Needs(), devices)
}

// scanTables reads the storage as the kernel lists it.
func scanTables(b *graph.Builder, fsys sysfs.FS, n *network.Network) *disks {
	d := readDisks(b, fsys, n)
	m := readMounts(d)
	m.importedPools()
	m.swaps()
	d.guestDisks()
	return d
}

// tableLimit is how much of a table is read, in bytes: of /proc/swaps, and of a
// record of udev.
const tableLimit = 4 << 20

// errCut is the cause where a file is longer than what is read of it.
var errCut = errors.New("the file is too long; only its beginning was read")
