// Package kernellog says from the kernel's log which drivers had a PCI device,
// the first one first.
//
// What counts are lines that a driver makes with dev_info and its like: they
// begin with the driver's name and the device's, "e1000 0000:00:09.0: ", or
// "e1000 0000:00:09.0 eth0: " for a network interface. A device without a driver
// bears the name of its bus there, "pci 0000:00:09.0: ", which says nothing
// (dev_driver_string, drivers/base/core.c). Lines that only mention an address
// do not count.
//
// A driver may have a device and say nothing of it. So the log shows who had it
// when a driver spoke, and never that nobody had it.
package kernellog

import (
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Log is what the kernel's log says of PCI devices. It is not changed once it
// is read, and may be shared between goroutines.
type Log struct {
	Source string // "/dev/kmsg", or the file in its place

	// Complete says that the log reaches back to the kernel's first line. Where
	// it does not, Gap says in words what is missing.
	Complete bool
	Gap      string

	drivers map[pci.Address][]Voice
	voices  int
}

// Voice is a driver that spoke of a device.
type Voice struct {
	Driver string // "e1000", "pciback"
	Time   Uptime // of its first line, since another driver's; 0 where the log has no times
}

// Uptime is a time of the kernel's log: microseconds since the kernel began.
type Uptime int64

// String is the time as the kernel prints it, in seconds: "12.704113".
func (u Uptime) String() string {
	micros := strconv.FormatInt(int64(u)%1e6, 10)
	return strconv.FormatInt(int64(u)/1e6, 10) + "." + strings.Repeat("0", max(6-len(micros), 0)) + micros
}

// Bounds of what is read. A kernel's buffer has a megabyte at most by default
// (CONFIG_LOG_BUF_SHIFT).
const (
	maxRecords = 1 << 18
	maxVoices  = 1 << 14 // changes of driver that are kept
	maxDriver  = 64      // bytes of a driver's name
)

// Drivers are those that spoke of the device, in the order of the log; one that
// spoke again after another is there again.
func (l *Log) Drivers(a pci.Address) []Voice { return l.drivers[a] }

// First is the driver that spoke of the device before any other. known is false
// where none did, and where the log lacks its beginning: another one may have
// been there then.
func (l *Log) First(a pci.Address) (v Voice, known bool) {
	voices := l.drivers[a]
	if len(voices) == 0 {
		return Voice{}, false
	}
	return voices[0], l.Complete
}

// add takes one line of the log, without its time.
func (l *Log) add(at Uptime, text string) {
	driver, a, ok := speaker(text)
	if !ok || l.voices == maxVoices {
		return
	}
	if voices := l.drivers[a]; len(voices) > 0 && voices[len(voices)-1].Driver == driver {
		return
	}
	l.voices++
	l.drivers[a] = append(l.drivers[a], Voice{Driver: strings.Clone(driver), Time: at})
}

// busName stands for the driver where a device has none.
const busName = "pci"

// speaker is the driver that speaks in a line, and of which device.
func speaker(text string) (driver string, a pci.Address, ok bool) {
	driver, rest, _ := strings.Cut(text, " ")
	name, after, ok := strings.Cut(rest, " ")
	if !ok || driver == "" || driver == busName || len(driver) > maxDriver || strings.HasSuffix(driver, ":") {
		return "", a, false
	}
	device, whole := strings.CutSuffix(name, ":")
	if a, ok = pci.ParseName(device); !ok {
		// "nvme nvme0: pci function 0000:01:00.0" is all that nvme says of it
		// (drivers/nvme/host/pci.c).
		function, isFunction := strings.CutPrefix(after, "pci function ")
		a, ok = pci.ParseName(function)
		return driver, a, ok && isFunction && whole
	}
	// An interface may come between: "eth0: ", "eth0 (uninitialized): ".
	return driver, a, whole || strings.Contains(after, ": ")
}
