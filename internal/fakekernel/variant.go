package fakekernel

import (
	"slices"
	"strings"
)

// BuildIn makes pciback built in, with parameters from the kernel command line: it registers
// before every other driver and takes hidden devices from the drivers that this tree shows.
// The module must not be loaded. The error is a *ModuleError.
func (h *Host) BuildIn(params ...string) error {
	return h.locked(func(k *kernel) error {
		p, err := parseParameters(params)
		if err != nil {
			return &ModuleError{Module: pcibackModule, Err: err}
		}
		k.dropModule()
		builtin := k.modulesDir() + "/modules.builtin"
		k.listOnce(builtin, "kernel/drivers/xen/xen-pciback/xen-pciback.ko")
		k.configure("CONFIG_XEN_PCIDEV_BACKEND=y")
		k.pcibackFiles(p)
		k.hide(p.hidden)
		k.setLines(registered, append([]string{pciback}, k.lines(registered)...))
		k.register(pciback, pcibackModule)
		for _, d := range k.all() {
			if slices.ContainsFunc(d.bridges(), func(name string) bool { return slices.Contains(k.lines(slotList), name) }) {
				k.detach(d)
				_ = k.attach(pciback, d) // fails for a CardBus bridge
			}
		}
		return nil
	})
}

// LeaveOut removes pciback from the kernel: it is neither built in nor a module then. The
// module must not be loaded.
func (h *Host) LeaveOut() error {
	return h.locked(func(k *kernel) error {
		k.dropModule()
		k.configure("# CONFIG_XEN_PCIDEV_BACKEND is not set")
		return nil
	})
}

// dropModule removes pciback from the module indexes.
func (k *kernel) dropModule() {
	for _, index := range []string{"modules.dep", "modules.alias", "modules.order"} {
		file := k.modulesDir() + "/" + index
		if !k.exists(file) {
			continue
		}
		k.setLines(file, slices.DeleteFunc(k.lines(file), func(line string) bool {
			return strings.Contains(underscored(line), pcibackModule)
		}))
	}
}

// configure sets pciback's line in the kernel's configuration.
func (k *kernel) configure(option string) {
	file := strings.Replace(k.modulesDir(), "/lib/modules/", "/boot/config-", 1)
	lines := k.lines(file)
	for i, line := range lines {
		if strings.Contains(line, "CONFIG_XEN_PCIDEV_BACKEND") {
			lines[i] = option
		}
	}
	k.setLines(file, lines)
}

// BuildInIdle makes pciback built in, but not started, as pcistub_init leaves it for a bad
// group in hide=. The module must not be loaded.
func (h *Host) BuildInIdle() error {
	return h.locked(func(k *kernel) error {
		k.dropModule()
		k.listOnce(k.modulesDir()+"/modules.builtin", "kernel/drivers/xen/xen-pciback/xen-pciback.ko")
		k.configure("CONFIG_XEN_PCIDEV_BACKEND=y")
		return nil
	})
}
