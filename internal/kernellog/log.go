// Package kernellog finds out from the kernel's log which drivers had a PCI device,
// and in which order.
//
// It uses the lines that drivers print with dev_info and similar functions. They
// begin with the names of the driver and the device, "e1000 0000:00:09.0: ", or
// "e1000 0000:00:09.0 eth0: " for a network interface. For a device without a driver
// they begin with the name of the bus, "pci 0000:00:09.0: "; such lines are ignored
// (dev_driver_string, drivers/base/core.c), as are lines that only mention an
// address.
//
// A driver may have a device and print nothing about it. So the log can show which
// driver had a device, but not that no driver had it.
package kernellog

import (
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Log is the information in the kernel's log about PCI devices. It does not change
// and may be shared between goroutines.
type Log struct {
	Source string // "/dev/kmsg", or the file that was read instead

	// Complete reports whether the log begins with the kernel's first line. If
	// not, Gap describes what is missing.
	Complete bool
	Gap      string

	drivers map[pci.Address][]Voice
	voices  int
}

// Voice is a driver that printed lines about a device.
type Voice struct {
	Driver string // "e1000", "pciback"
	Time   Uptime // of its first line after another driver's; 0 if the log has no times
}

// Uptime is a time in the kernel's log, in microseconds since the kernel started.
type Uptime int64

// String returns the time as the kernel prints it, in seconds: "12.704113".
func (u Uptime) String() string {
	micros := strconv.FormatInt(int64(u)%1e6, 10)
	return strconv.FormatInt(int64(u)/1e6, 10) + "." + strings.Repeat("0", max(6-len(micros), 0)) + micros
}

// Bounds on what is read. A kernel's buffer has at most a megabyte by default
// (CONFIG_LOG_BUF_SHIFT).
const (
	maxRecords = 1 << 18
	maxVoices  = 1 << 14 // changes of driver that are kept
	maxDriver  = 64      // bytes of a driver's name
)

// Drivers returns the drivers that printed lines about the device, in the order of
// the log. A driver that continued after another one appears again.
func (l *Log) Drivers(a pci.Address) []Voice { return l.drivers[a] }

// First returns the first driver that printed a line about the device. known is
// false if none did, or if the beginning of the log is missing: another driver may
// have had the device before.
func (l *Log) First(a pci.Address) (v Voice, known bool) {
	voices := l.drivers[a]
	if len(voices) == 0 {
		return Voice{}, false
	}
	return voices[0], l.Complete
}

// add adds one line of the log, without its time.
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

// busName replaces the driver's name in lines about a device without a driver.
const busName = "pci"

// speaker returns the driver that printed a line, and the device it is about.
func speaker(text string) (driver string, a pci.Address, ok bool) {
	driver, rest, _ := strings.Cut(text, " ")
	name, after, ok := strings.Cut(rest, " ")
	if !ok || driver == "" || driver == busName || len(driver) > maxDriver || strings.HasSuffix(driver, ":") {
		return "", a, false
	}
	device, whole := strings.CutSuffix(name, ":")
	if a, ok = pci.ParseName(device); !ok {
		// "nvme nvme0: pci function 0000:01:00.0" is the only line of nvme with
		// the device (drivers/nvme/host/pci.c).
		function, isFunction := strings.CutPrefix(after, "pci function ")
		a, ok = pci.ParseName(function)
		return driver, a, ok && isFunction && whole
	}
	// An interface may follow the device: "eth0: ", "eth0 (uninitialized): ".
	return driver, a, whole || strings.Contains(after, ": ")
}
