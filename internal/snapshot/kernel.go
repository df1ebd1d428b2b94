package snapshot

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/kmod"
)

// kernel copies information about the running kernel's modules and configuration.
// The original files have megabytes; those in the archive have only the lines for
// this machine's devices.
func (c *copier) kernel() {
	kernel, err := kmod.Running(c.fsys)
	if err != nil || c.over() {
		return
	}
	var config strings.Builder
	for _, name := range [...]string{"CONFIG_PCI", "CONFIG_PCI_IOV", "CONFIG_XEN", "CONFIG_XEN_DOM0", "CONFIG_XEN_PCIDEV_BACKEND", "CONFIG_XEN_PCIDEV_STUB"} {
		option, err := kernel.Option(name)
		switch {
		case err != nil:
		case option.Value == "":
			fmt.Fprintf(&config, "# %s is not set\n", name)
		default:
			fmt.Fprintf(&config, "%s=%s\n", name, option.Value)
		}
	}
	if config.Len() > 0 {
		c.bytes("/boot/config-"+kernel.Release, 0, []byte(config.String()))
	}
	dir := "/lib/modules/" + kernel.Release + "/"
	c.aliases(kernel, dir)
	var builtIn, loadable string
	for _, name := range c.drivers() {
		switch state, err := kernel.Module(name); {
		case err != nil:
			return // the kernel has no such files
		case state == kmod.BuiltIn:
			builtIn += "kernel/" + name + ".ko\n"
		case state == kmod.Loadable:
			loadable += "kernel/" + name + ".ko:\n"
		}
	}
	c.bytes(dir+"modules.builtin", 0, []byte(builtIn))
	c.bytes(dir+"modules.dep", 0, []byte(loadable))
}

// aliases writes aliases for this machine's devices, with the complete modalias of
// each device as the pattern.
func (c *copier) aliases(kernel kmod.Kernel, dir string) {
	aliases, err := kernel.Aliases()
	if err != nil {
		return
	}
	var loadable, verbatim strings.Builder
	seen := make(map[string]bool)
	for d := range c.devices() {
		if seen[d.Modalias] || strings.ContainsAny(d.Modalias, `*?[]\`) {
			continue
		}
		seen[d.Modalias] = true
		modules := aliases.Modules(d.Modalias)
		// modules.alias has '_' for '-' in all names. The names of built-in modules
		// are unchanged, and belong in modules.builtin.modinfo.
		dashes := strings.Contains(strings.Join(modules, ""), "-")
		for _, module := range modules {
			if dashes {
				fmt.Fprintf(&verbatim, "%s.alias=%s\x00", module, d.Modalias)
			} else {
				fmt.Fprintf(&loadable, "alias %s %s\n", d.Modalias, module)
			}
		}
	}
	c.bytes(dir+"modules.alias", 0, []byte(loadable.String()))
	if verbatim.Len() > 0 {
		c.bytes(dir+"modules.builtin.modinfo", 0, []byte(verbatim.String()))
	}
}
