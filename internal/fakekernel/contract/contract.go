// Package contract is what Linux and xen-pciback answer, as rows of a table,
// and one runner that holds a kernel to it: the fake one on every test run, a
// real one under Xen where XENPCI_CONTRACT_REAL is set. Only tests may import
// it.
//
// The rows were measured on Linux 6.1 under Xen 4.17, where every one of them
// passes. They are written for a machine with twin e1000 cards at 0000:00:09.0
// and 0000:00:0a.0; a row that needs more names it, and is skipped where it is
// not there.
package contract

import "syscall"

// Kernel is what the rows are run against. It must not be used by anybody else
// meanwhile.
type Kernel interface {
	// Write is one write(2) to an attribute; the errno is in the error's chain.
	Write(name, value string) error

	// LoadModule is modprobe, UnloadModule modprobe -r of that one module. The
	// errno is in the error's chain: ENOENT where there is no such module.
	LoadModule(name string, params ...string) error
	UnloadModule(name string) error
}

// Row is one line of the table.
type Row struct {
	Section string // "3.1": pciback/bind
	Name    string
	Given   State
	Order   Order    // in which the drivers have registered
	Needs   []string // devices beyond the twins
	Do      []Operation
	Want    syscall.Errno // of the last operation, 0 for OK; those before it succeed
	After   State
}

// Order says whose driver is asked first for a device.
type Order int

// The orders; with pciback's module absent, a row loads it itself.
const (
	NativeFirst Order = iota
	PcibackFirst
	NativeOnly
	PcibackOnly
)

// State is what sysfs shows of 0000:00:09.0 and of pciback.
type State struct {
	Driver   string   // "" for none, Gone for a device that is not there
	Override string   // "(null)" for none
	Enable   string   // "0" or "1"
	Slots    []string // nil also where pciback is not loaded
	Others   Drivers  // of other devices, where the row says something about them
}

// Drivers are the drivers of devices, by their addresses.
type Drivers map[string]string

// Gone is the driver of a device that does not exist.
const Gone = "(gone)"

// Operation is one thing done to the kernel: a write, or a module loaded or
// unloaded.
type Operation struct {
	File   string // of a write
	Value  string
	Load   string // a module
	Params []string
	Unload string
}

const (
	device  = "/sys/bus/pci/devices/"
	drivers = "/sys/bus/pci/drivers/"
	pciback = drivers + "pciback/"

	subject = "0000:00:09.0" // the device that State is about
	twin    = "0000:00:0a.0"
)

// Rows returns the whole table, in order of its sections.
func Rows() []Row {
	var rows []Row
	for _, section := range [][]Row{access(), newSlotForms(), newSlotStates(), removeSlotRows(), bindRows(), unbindRows(), probeRows(),
		coreRows(), moduleRows(), overrideRows(), hideRows()} {
		rows = append(rows, section...)
	}
	return rows
}

func write(file, value string) Operation  { return Operation{File: file, Value: value} }
func newSlot(value string) Operation      { return write(pciback+"new_slot", value) }
func removeSlot(value string) Operation   { return write(pciback+"remove_slot", value) }
func bind(driver, value string) Operation { return write(drivers+driver+"/bind", value) }
func unbind(driver, v string) Operation   { return write(drivers+driver+"/unbind", v) }
func probe(value string) Operation        { return write("/sys/bus/pci/drivers_probe", value) }
func override(value string) Operation     { return write(device+subject+"/driver_override", value) }
func unload(module string) Operation      { return Operation{Unload: module} }
func load(module string, params ...string) Operation {
	return Operation{Load: module, Params: params}
}

// native, held and unbound are the three places of a device, with what is in
// slots.
func native(slots ...string) State  { return State{"e1000", "(null)", "1", slots, nil} }
func held(slots ...string) State    { return State{"pciback", "(null)", "0", slots, nil} }
func unbound(slots ...string) State { return State{"", "(null)", "0", slots, nil} }

// overridden is the state with a driver_override.
func (s State) overridden(name string) State {
	s.Override = name
	return s
}

// with is the state with the driver of another device.
func (s State) with(address, driver string) State {
	others := Drivers{address: driver}
	for a, d := range s.Others {
		others[a] = d
	}
	s.Others = others
	return s
}
