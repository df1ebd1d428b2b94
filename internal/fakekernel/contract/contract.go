// Package contract describes the behaviour of Linux and xen-pciback in a table, and tests a
// kernel against it: the fake kernel in every test run, and a real one under Xen if
// XENPCI_CONTRACT_REAL is set. Only tests may import it.
//
// The rows were measured on Linux 6.1 under Xen 4.17, where all of them pass. They are for a
// machine with two equal e1000 cards at 0000:00:09.0 and 0000:00:0a.0. A row that needs other
// devices names them, and is skipped if they do not exist.
//
// RunCard and RunVFs test hot-plug and VFs, with the uevents that the kernel sends: on a real
// kernel if XENPCI_CONTRACT_PORT is set. All rows pass on Linux 6.1 under Xen 4.17 too.
package contract

import "syscall"

// Kernel is the kernel that is tested. Nothing else may use it meanwhile.
type Kernel interface {
	// Write makes one write(2) to an attribute. The errno is in the error's chain.
	Write(name, value string) error

	// LoadModule is modprobe, and UnloadModule is modprobe -r of that module. The
	// errno is in the error's chain: ENOENT if there is no such module.
	LoadModule(name string, params ...string) error
	UnloadModule(name string) error
}

// Row is a row of the table.
type Row struct {
	Section string // "3.1": pciback/bind
	Name    string
	Given   State
	Order   Order    // in which the drivers have registered
	Needs   []string // devices besides the two cards
	Do      []Operation
	Want    syscall.Errno // of the last operation, 0 for success; earlier ones succeed
	After   State
}

// Order is the order in which drivers are probed for a device.
type Order int

// The orders. If pciback's module is not loaded, a row may load it.
const (
	NativeFirst Order = iota
	PcibackFirst
	NativeOnly
	PcibackOnly
)

// State is what sysfs shows of 0000:00:09.0 and of pciback.
type State struct {
	Driver   string   // "" for none, Gone if the device does not exist
	Override string   // "(null)" for none
	Enable   string   // "0" or "1"
	Slots    []string // nil also if pciback is not loaded
	Others   Drivers  // of other devices, if the row depends on them
}

// Drivers are the drivers of devices, by their addresses.
type Drivers map[string]string

// Gone is the driver of a device that does not exist.
const Gone = "(gone)"

// Operation is an operation on the kernel: a write, or loading or unloading a module.
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

// Rows returns the table by section.
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

// native, held and unbound return the states of a device on its native driver, on pciback and
// on no driver, with the content of slots.
func native(slots ...string) State  { return State{"e1000", "(null)", "1", slots, nil} }
func held(slots ...string) State    { return State{"pciback", "(null)", "0", slots, nil} }
func unbound(slots ...string) State { return State{"", "(null)", "0", slots, nil} }

// overridden returns the state with a driver_override.
func (s State) overridden(name string) State {
	s.Override = name
	return s
}

// with returns the state with the driver of another device.
func (s State) with(address, driver string) State {
	others := Drivers{address: driver}
	for a, d := range s.Others {
		others[a] = d
	}
	s.Others = others
	return s
}
