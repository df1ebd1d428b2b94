// Package boot has declared devices hidden at every boot. Each way to do that is a
// layer, in a file of its own: which files it writes, which program of the system
// makes something of them, and how the result is read back. Choose finds the
// layers that change least of the boot, and by which pciback surely gets the devices
// before any other driver.
//
// A layer is enabled if its files are there. Nothing else is kept about it, so
// that deleting the files by hand disables it.
package boot
