// Package boot makes declared devices hidden at every boot. Each way to do
// that is a layer, one file each: what it writes, which program of the system
// makes something of it, and how it is read back. Choose finds the weakest set
// of layers by which pciback surely has the devices first.
//
// A layer is there when its files are: nothing else is kept about it, so that
// what somebody deletes by hand is gone.
package boot
