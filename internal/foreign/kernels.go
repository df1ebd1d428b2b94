package foreign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// kernels are the kernels that may boot, by how they provide pciback.
type kernels map[kmod.State][]kmod.Kernel

// findKernels finds the kernels of the entries that boot Xen and are not for recovery or, if
// none of them is known, the running kernel.
func (r *reader) findKernels() {
	r.kernels = kernels{}
	var seen []string
	add := func(k kmod.Kernel) {
		state, _, err := k.FirstOf(pciback.ModuleNames()...)
		if err == nil && !slices.Contains(seen, k.Release) {
			seen = append(seen, k.Release)
			r.kernels[state] = append(r.kernels[state], k)
		}
	}
	for _, file := range r.kernelFiles {
		if k, ok := kmod.OfImage(r.FS, file); ok {
			add(k)
		}
	}
	if len(seen) > 0 {
		return
	}
	if k, err := kmod.New(r.FS, r.Release); err == nil {
		add(k)
	}
}

// of names the kernels of a state: "the kernel 6.1.0".
func (k kernels) of(state kmod.State) string {
	var names []string
	for _, one := range k[state] {
		names = append(names, one.Release)
	}
	if len(names) == 1 {
		return "the kernel " + names[0]
	}
	return "the kernels " + prose.List(names)
}

// judgeKernels adds to each setting what the kernels that may boot make of it.
func (r *reader) judgeKernels() {
	for i := range r.found.All {
		if s := &r.found.All[i]; !s.Dead {
			r.judgeKernel(s)
		}
	}
}

func (r *reader) judgeKernel(s *Setting) {
	if !s.argument && s.kind == "" {
		return
	}
	without := r.kernels[kmod.Absent]
	if len(without) > 0 {
		s.Kernel = append(s.Kernel, "it has no effect: "+r.kernels.of(kmod.Absent)+" "+have(without)+" no pciback")
	}
	builtIn := r.kernels[kmod.BuiltIn]
	if len(builtIn) > 0 && !s.argument {
		s.Kernel = append(s.Kernel, "it has no effect: pciback is built into "+r.kernels.of(kmod.BuiltIn)+", "+s.kind.builtIn())
	}
	module := r.kernels[kmod.Loadable]
	switch {
	case len(module) > 0 && (s.argument || s.kind == optionsKind):
		s.Kernel = append(s.Kernel, r.loading(*s, module)...)
	case len(module) == 0 && len(without)+len(builtIn) > 0:
		s.Dead = !s.argument || len(builtIn) == 0
	}
}

func have(kernels []kmod.Kernel) string {
	if len(kernels) == 1 {
		return "has"
	}
	return "have"
}

// kind is what a setting is for a pciback that is a module.
type kind string

// The kinds of settings on which it depends whether pciback is a module.
const (
	optionsKind kind = "options" // parameters, which modprobe gives to the module
	ruleKind    kind = "rule"    // a line by which modprobe loads the module before a driver
	loadKind    kind = "load"    // a line by which a boot script loads the module
)

// builtIn says why it has no effect if pciback is built in.
func (k kind) builtIn() string {
	switch k {
	case optionsKind:
		return "which reads only the kernel command line"
	case ruleKind:
		return "so modprobe has nothing to load"
	}
	return "so there is nothing to load"
}

// loading returns why pciback, which is a module in these kernels, may get the parameters of a
// setting too late for its devices, or never.
func (r *reader) loading(s Setting, in []kmod.Kernel) (problems []string) {
	var early, waiting []string // drivers
	drivers := r.driversOf(s.Devices)
	for _, driver := range drivers {
		switch {
		case slices.ContainsFunc(in, func(k kmod.Kernel) bool { state, _ := k.Module(driver); return state == kmod.BuiltIn }):
			early = append(early, driver)
		case !r.waits(driver):
			waiting = append(waiting, driver)
		}
	}
	module := r.Module + " is a module in " + r.kernels.of(kmod.Loadable)
	if len(early) > 0 {
		problems = append(problems, module+", but "+are(early)+" built in and "+verb("has", "have", early)+" the devices before any module is loaded")
	}
	loaders := r.loaders()
	switch {
	case r.preloaded():
	case len(loaders) == 0 && len(waiting) == len(drivers)-len(early) && !r.anyWaits():
		problems = append(problems, module+", and nothing that xenpci looked at loads it at boot: this does nothing until 'modprobe "+r.Module+"' or 'xenpci hide'")
	case len(waiting) == 0:
	case len(loaders) == 0:
		problems = append(problems, module+", and no softdep or install line loads it before "+prose.List(waiting))
	default:
		problems = append(problems, fmt.Sprintf("%s, which %s loads, but %s may take the devices first: no softdep or install line loads %s before", module, prose.List(loaders), prose.List(waiting), r.Module))
	}
	return problems
}

func are(names []string) string { return prose.List(names) + " " + verb("is", "are", names) }

func verb(one, several string, names []string) string {
	if len(names) == 1 {
		return one
	}
	return several
}

// driversOf returns the modules that would take the devices.
func (r *reader) driversOf(devices []pci.Address) (drivers []string) {
	add := func(name string) {
		if name != "" && name != pciback.Name && !slices.Contains(drivers, modprobe.Name(name)) {
			drivers = append(drivers, modprobe.Name(name))
		}
	}
	for _, d := range r.Devices {
		if !slices.Contains(devices, d.Address) {
			continue
		}
		before := len(drivers)
		if r.Modules != nil {
			for _, name := range r.Modules(d.Modalias) {
				add(name)
			}
		}
		if len(drivers) == before {
			add(d.Driver)
		}
	}
	return drivers
}

// waits reports whether modprobe loads pciback before a driver.
func (r *reader) waits(driver string) bool {
	same := func(name string) bool { return r.means(name) }
	softdep, install := r.modprobe.Softdep(driver).Wins, r.modprobe.Install(driver).Wins
	if softdep != nil && slices.ContainsFunc(softdep.Directive.Pre, same) {
		return true
	}
	return install != nil && !r.modprobe.InstallIgnored(driver) && slices.ContainsFunc(modprobe.Loads(install.Directive.Text), same)
}

// anyWaits reports whether modprobe loads pciback before any driver.
func (r *reader) anyWaits() bool {
	lines := append(r.modprobe.Lines(modprobe.Softdep), r.modprobe.Lines(modprobe.Install)...)
	return slices.ContainsFunc(lines, func(f modprobe.Found) bool { return r.waits(f.Directive.Module) })
}

// means reports whether modprobe loads pciback's module by a name.
func (r *reader) means(name string) bool {
	if modprobe.Name(name) == modprobe.Name(r.Module) {
		return true
	}
	return slices.ContainsFunc(r.modprobe.Aliases(name), func(f modprobe.Found) bool { return modprobe.Name(f.Directive.Module) == modprobe.Name(r.Module) })
}

// preloaded reports whether dracut loads pciback before udev: rd.driver.pre= on the command
// line of an entry or of the running kernel.
func (r *reader) preloaded() bool {
	for _, line := range r.lines {
		for _, a := range line.All("rd.driver.pre") {
			if slices.ContainsFunc(strings.Split(a.Value, ","), r.means) {
				return true
			}
		}
	}
	return false
}
