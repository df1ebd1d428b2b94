package pciback

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// Presence says how a kernel has pciback.
type Presence string

// What a kernel can have of pciback.
const (
	BuiltIn  Presence = "built in" // in the kernel image, and started
	Loaded   Presence = "loaded"   // as a module, now
	Loadable Presence = "loadable" // as a module that is not loaded
	Blocked  Presence = "blocked"  // as a module that a setting keeps from being loaded
	Idle     Presence = "idle"     // in the kernel image, but not started: it was refused a parameter, or this kernel does not run as dom0
	Absent   Presence = "absent"   // neither
)

// option is pciback's configuration option in all kernels that had it.
const option = "CONFIG_XEN_PCIDEV_BACKEND"

// Module is what is known of pciback in the running kernel.
type Module struct {
	Presence Presence
	Name     string // the module: ModuleName, or OldModuleName
	Release  string // the running kernel's release
	Option   string // CONFIG_XEN_PCIDEV_BACKEND
	Value    string // "y", "m", "n": what a registered pciback shows, or the kernel's config has; "" if that cannot be read
	Dom0     bool   // the kernel runs as Xen's dom0
	Hide     Hide   // what the parameter hide= said when pciback started; nil if it is not there, or cannot be read

	Registration uint64 // see Driver.Registration

	// Refused is the setting that keeps pciback from starting; nil if it started, or if no
	// such setting is known.
	Refused *StartError
}

// The names of pciback's module. The kernel takes '_' for '-'.
const (
	ModuleName    = "xen-pciback"
	OldModuleName = "pciback" // in the XenoLinux kernels of Xen 3
)

// ModuleNames returns the module's names, today's first.
func ModuleNames() []string { return []string{ModuleName, OldModuleName} }

// Module returns what is known of pciback in the running kernel.
func (d *Driver) Module() Module {
	m := Module{Presence: Absent, Name: ModuleName, Option: option, Dom0: d.dom0(), Registration: d.Registration()}
	registered := d.Registered()
	for _, name := range ModuleNames() {
		dir := "/sys/module/" + strings.ReplaceAll(name, "-", "_")
		if value, err := d.fs.Attribute(dir + "/parameters/hide"); err == nil {
			m.Name = name
			m.Hide, _ = ParseHide(value) // what pciback refused hides nothing
		}
		if registered && d.fs.Exists(dir+"/initstate") {
			m.Presence, m.Name = Loaded, name
		}
	}
	if registered && m.Presence == Absent {
		m.Presence = BuiltIn
		if !m.Dom0 && !d.backend() { // see Ready
			m.Presence = Idle
		}
	}
	kernel, err := kmod.Running(d.fs)
	if err != nil {
		return m
	}
	m.Release = kernel.Release
	switch m.Presence { // the daemon looks often, and the config has 8,000 lines
	case Loaded:
		m.Value = "m"
	case BuiltIn, Idle:
		m.Value = "y"
	default:
		if set, err := kernel.Option(option); err == nil {
			m.Value = cmp.Or(set.Value, "n")
		}
		m.look(d.fs, kernel)
	}
	return m
}

// look searches the kernel's module indexes for a module that is not loaded, and for what
// keeps it from starting.
func (m *Module) look(fs sysfs.FS, kernel kmod.Kernel) {
	// An index that cannot be read has no module to load.
	state, name, _ := kernel.FirstOf(ModuleNames()...)
	switch state {
	case kmod.BuiltIn:
		m.Presence = Idle
	case kmod.Loadable:
		m.Presence = Loadable
	default:
		return
	}
	m.Name = name
	m.Refused = runningStart(fs, kernel, name, state == kmod.BuiltIn).Check()
	if m.Presence == Loadable && m.Refused != nil {
		m.Presence = Blocked
	}
}

// runningStart is what the running kernel starts pciback with.
func runningStart(fs sysfs.FS, kernel kmod.Kernel, module string, builtIn bool) Start {
	text, _ := fs.CommandLine()
	return Start{
		Module: module, BuiltIn: builtIn, CommandLine: grub.ParseCommandLine(text), At: Place{File: sysfs.CommandLineFile},
		Config: modprobe.Read(modprobe.System{Root: fs.Root(), Release: kernel.Release, CommandLine: text, Old: modprobe.OldTools(fs.Root())}),
	}
}

// dom0 reports whether this kernel runs as Xen's dom0: /proc/xen/capabilities says
// "control_d", where xenfs is mounted; the bit XENFEAT_dom0 of the hypervisor's
// features says so too.
func (d *Driver) dom0() bool {
	if capabilities, err := d.fs.Attribute("/proc/xen/capabilities"); err == nil && strings.Contains(capabilities, "control_d") {
		return true
	}
	const featDom0 = 1 << 11 // xen/include/public/features.h
	var features uint32
	text, err := d.fs.Attribute("/sys/hypervisor/properties/features")
	if err != nil {
		return false
	}
	_, err = fmt.Sscanf(text, "%x", &features)
	return err == nil && features&featDom0 != 0
}

// Problem returns why devices cannot be hidden; "" when pciback is there, or only
// has to be loaded.
func (m Module) Problem() string {
	switch {
	case m.Presence == BuiltIn || m.Presence == Loaded:
		return ""
	case !m.Dom0:
		return "this machine is not running Xen"
	case m.Presence == Blocked:
		return m.Refused.Reason()
	case m.Presence == Loadable:
		return ""
	case m.Presence == Idle && m.Refused != nil:
		return "it did not start: " + m.Refused.Reason()
	case m.Presence == Idle:
		return "it is in this kernel and did not start"
	case m.Value == "m":
		return fmt.Sprintf("%s=m, but the modules of %s have no %s", m.Option, m.Release, m.Name)
	case m.Value == "":
		return fmt.Sprintf("the kernel %s has no module %s", m.Release, m.Name)
	}
	return fmt.Sprintf("the kernel %s was built without %s", m.Release, m.Option)
}

// Advice returns what to do so that pciback is there; "" when it is.
func (m Module) Advice() string {
	switch {
	case m.Presence == BuiltIn || m.Presence == Loaded:
		return ""
	case !m.Dom0:
		return "choose the Xen entry when booting"
	case m.Refused != nil:
		return m.Refused.Advice()
	case m.Presence == Loadable:
		return "'xenpci hide' loads it, or 'modprobe " + m.Name + "'"
	case m.Presence == Idle:
		return "look for xen_pciback in the kernel's log"
	case m.Value == "m":
		return "install the package with the kernel's modules"
	}
	return fmt.Sprintf("install a kernel with %s=m or =y", m.Option)
}

// ModuleError reports that the kernel does not have pciback now.
type ModuleError struct {
	Module Module
	Err    error // why it could not be loaded; nil if there was nothing to load
}

// Error returns what pciback is, why it could not be loaded, and what to do.
func (e *ModuleError) Error() string {
	if advice := e.Advice(); advice != "" {
		return e.Reason() + "; " + advice
	}
	return e.Reason()
}

// Reason returns why pciback is not there.
func (e *ModuleError) Reason() string {
	text := "pciback is " + string(e.Module.Presence)
	switch {
	case e.Err != nil:
		text += " and could not be loaded: " + e.Err.Error()
		if !e.Module.Dom0 {
			text += "; " + e.Module.Problem()
		} else if e.Module.Refused != nil {
			text += "; " + e.Module.Refused.Reason()
		}
	case (e.Module.Presence == Loadable || e.Module.Presence == Blocked) && !e.Module.Dom0: // nothing is loaded without Xen
		return e.Module.Problem()
	case e.Module.Problem() != "":
		text += ": " + e.Module.Problem()
	}
	return text
}

// Advice returns what to do so that pciback is there; "" where nothing is known.
func (e *ModuleError) Advice() string {
	if e.Err != nil && e.Module.Dom0 && e.Module.Refused == nil {
		return ""
	}
	return e.Module.Advice()
}

// Unwrap gives the cause.
func (e *ModuleError) Unwrap() error { return e.Err }
