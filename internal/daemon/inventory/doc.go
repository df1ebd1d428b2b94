// Package inventory asks ghw what people know disks and network interfaces by, and adds
// it to what is remembered of the devices (internal/seen): the whole model of a disk,
// its serial number and worldwide name, which udev has and the kernel has not.
//
// ghw reads files without a deadline, and some of what it reads waits for a driver. So
// another process reads, this program started again, and is killed when it takes too
// long. Which device has a disk or an interface, and what tells devices apart, is read
// by xenpci itself.
package inventory
