package fakekernel

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"
)

// ModuleError reports why modprobe failed. Error returns modprobe's message.
type ModuleError struct {
	Module  string
	Release string // of the kernel for which the module was searched
	Err     error  // a syscall.Errno; ENOENT if there is no such module
	Removal bool   // modprobe -r
}

// Error returns the message of kmod's modprobe.
func (e *ModuleError) Error() string {
	switch {
	case errors.Is(e.Err, syscall.ENOENT):
		return fmt.Sprintf("modprobe: FATAL: Module %s not found in directory /lib/modules/%s", e.Module, e.Release)
	case e.Removal && errors.Is(e.Err, syscall.EBUSY):
		return fmt.Sprintf("modprobe: FATAL: Module %s is in use.", e.Module)
	case e.Removal:
		return fmt.Sprintf("modprobe: FATAL: Module %s is builtin.", e.Module)
	}
	return fmt.Sprintf("modprobe: ERROR: could not insert '%s': %s", underscored(e.Module), sentence(e.Err))
}

// Unwrap returns the errno.
func (e *ModuleError) Unwrap() error { return e.Err }

// sentence returns the message as strerror does, with a capital letter.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// LoadModule does what "modprobe NAME PARAMS..." does, without the configuration in
// modprobe.d and on the kernel command line. If the module is loaded or built in already,
// it succeeds without effect. The error is a *ModuleError.
func (h *Host) LoadModule(name string, params ...string) error {
	return h.locked(func(k *kernel) error { return k.loadModule(name, params) })
}

// UnloadModule does what "modprobe -r NAME" does to the module itself: its drivers release
// all devices. The error is a *ModuleError.
func (h *Host) UnloadModule(name string) error {
	return h.locked(func(k *kernel) error { return k.unloadModule(name) })
}

// pcibackModule is the module whose driver is pciback.
const pcibackModule = "xen_pciback"

func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

func (k *kernel) modulesDir() string {
	return "/lib/modules/" + k.attribute("/proc/sys/kernel/osrelease")
}

// moduleName returns the name of the module in a file such as kernel/drivers/net/mii.ko.xz.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return underscored(name)
}

func (k *kernel) builtIn(name string) bool {
	return slices.ContainsFunc(k.lines(k.modulesDir()+"/modules.builtin"), func(file string) bool {
		return moduleName(file) == name
	})
}

// dependencies returns the modules that name depends on, by modules.dep.
func (k *kernel) dependencies(name string) (before []string, found bool) {
	for _, line := range k.lines(k.modulesDir() + "/modules.dep") {
		file, needs, _ := strings.Cut(line, ":")
		if moduleName(file) != name {
			continue
		}
		for file := range strings.FieldsSeq(needs) {
			before = append([]string{moduleName(file)}, before...)
		}
		return before, true
	}
	return nil, false
}

func (k *kernel) loadModule(name string, params []string) error {
	module := underscored(name)
	if k.exists("/sys/module/"+module+"/initstate") || k.builtIn(module) {
		return nil
	}
	before, found := k.dependencies(module)
	if !found {
		return &ModuleError{Module: name, Release: path.Base(k.modulesDir()), Err: syscall.ENOENT}
	}
	for _, needed := range before {
		k.insert(needed)
	}
	if module == pcibackModule {
		if err := k.insertPciback(params); err != nil {
			return &ModuleError{Module: name, Err: err}
		}
		return nil
	}
	k.insert(module)
	return nil
}

// insert creates the module's directory and registers its drivers.
func (k *kernel) insert(module string) {
	dir := "/sys/module/" + module
	if k.exists(dir + "/initstate") {
		return
	}
	k.create(dir+"/initstate", 0o444, "live\n")
	k.create(dir+"/refcnt", 0o444, "0\n")
	for _, driver := range k.names(tables) {
		if slices.Contains(k.table(driver, "module"), module) {
			k.register(driver, module)
		}
	}
}

// register creates a driver's directory and offers it every unbound device. It never takes a
// bound device from its driver.
func (k *kernel) register(driver, module string) {
	dir := drivers + "/" + driver
	for _, attr := range []string{"bind", "unbind", "new_id", "remove_id", "uevent"} {
		k.create(dir+"/"+attr, 0o200, "")
	}
	if module != "" {
		k.link(dir+"/module", "/sys/module/"+module)
		k.link("/sys/module/"+module+"/drivers/pci:"+driver, dir)
	}
	k.listOnce(registered, driver)
	k.probeAll(driver)
}

func (k *kernel) unloadModule(name string) error {
	module := underscored(name)
	dir := "/sys/module/" + module
	switch {
	case k.builtIn(module):
		return &ModuleError{Module: name, Err: syscall.EPERM, Removal: true}
	case !k.exists(dir + "/initstate"):
		return nil
	case k.attribute(dir+"/refcnt") != "0":
		return &ModuleError{Module: name, Err: syscall.EBUSY, Removal: true}
	}
	for _, link := range k.names(dir + "/drivers") {
		if driver, ok := strings.CutPrefix(link, "pci:"); ok {
			k.unregister(driver)
		}
	}
	if module == pcibackModule {
		k.remove(slotList)
		k.remove(xenBackendDriver)
	}
	k.remove(dir)
	return nil
}

func (k *kernel) unregister(driver string) {
	for _, d := range k.all() {
		if k.driverOf(d) == driver {
			k.detach(d)
		}
	}
	k.setLines(registered, slices.DeleteFunc(k.lines(registered), func(line string) bool { return line == driver }))
	// sysfs does not use an inode number again soon, and other file systems do once a folder
	// is removed.
	gone := hidden + "/unregistered"
	k.move(drivers+"/"+driver, fmt.Sprintf("%s/%d", gone, len(k.names(gone))))
}
