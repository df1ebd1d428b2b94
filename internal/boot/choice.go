package boot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// Choice is a set of layers, and why it is that one.
type Choice struct {
	Layers  []Name   // in the order of Names
	Reasons []string // one sentence each
}

func (c *Choice) add(name Name, reason string, args ...any) {
	if !slices.Contains(c.Layers, name) {
		c.Layers = append(c.Layers, name)
		slices.SortFunc(c.Layers, func(a, b Name) int { return slices.Index(Names(), a) - slices.Index(Names(), b) })
	}
	c.Reasons = append(c.Reasons, fmt.Sprintf(reason, args...))
}

// Choose finds the weakest set of layers by which pciback surely has the
// devices first. The service is among them wherever the init is known: it knows
// the devices by more than their address, tells xenstore and the hypervisor, and
// looks at the result.
func Choose(h *Host, devices []Device) Choice {
	var c Choice
	early := modules(devices, inImage)
	within := modules(devices, builtIn)
	later := modules(devices, loadable)
	if len(early) > 0 && h.Image.unread() {
		c.Reasons = append(c.Reasons, "what is in "+h.Image.File+" is not known, and so every driver counts as in it")
	}
	switch {
	case len(early)+len(within) == 0 && h.earlyService():
		c.add(Service, "a service before udev looks for drivers is early enough: %s", late(devices))
		return c
	case len(early)+len(within)+len(later) == 0 && h.Init.Kind != initscript.Unknown:
		c.add(Service, "a service is early enough: %s", late(devices))
		return c
	case len(early)+len(within) == 0 && h.Pciback != kmod.BuiltIn:
		c.add(Modprobe, "%s, and %s: modprobe loads pciback first", late(devices), h.noEarlyService())
	case h.Pciback == kmod.BuiltIn && h.takesArgument(devices) == nil:
		c.add(KernelArgument, "pciback is built in, and takes what the kernel's command line names before any other driver")
	case len(early) > 0 && h.Image.Supported():
		c.add(Initramfs, "%s in the initramfs, so a service would come too late", are(early))
	case len(early) > 0 && h.Image.ByModprobe() && h.Pciback != kmod.BuiltIn:
		c.add(Modprobe, "%s in the initramfs, where no program of ours can run: modprobe loads pciback first", are(early))
	case len(early) > 0 && !h.Image.ByModprobe():
		c.add(Udev, "%s in the initramfs, and nothing is known of the tool that makes it; a rule reserves the devices from the root file system on", are(early))
	case h.Image.Supported() && len(within) > 0:
		c.add(Initramfs, "%s built into the kernel and takes its devices before anything else runs; the initramfs takes them back first", are(within))
	case h.Image.Supported():
		c.add(Initramfs, "%s, and %s: the initramfs comes before both", late(devices), h.noEarlyService())
	case h.Init.Kind != initscript.Unknown && len(within) == 0:
		c.add(Service, "pciback is built in, and nothing names the devices to it: %v. A service takes them back", h.takesArgument(devices))
		return c
	case h.Init.Kind != initscript.Unknown:
		c.add(Service, "%s built into the kernel and takes its devices before anything else runs; a service takes them back", are(within))
		return c
	}
	if h.Init.Kind != initscript.Unknown {
		c.add(Service, "the service notes names and drivers, and looks whether it is so")
	}
	c.failsOpen()
	return c
}

// noEarlyService says in words why nothing of the init's comes before udev.
func (h *Host) noEarlyService() string {
	return cmp.Or(string(h.Init.Kind), "an init that nobody knows") + " starts no service before udev"
}

// Complete adds to layers that a person chose what they need beside them, and
// says what they cannot do.
func Complete(h *Host, devices []Device, wanted []Name) Choice {
	var c Choice
	for _, name := range wanted {
		c.add(name, "%s: as you said", name)
	}
	early, within := modules(devices, inImage), modules(devices, builtIn)
	has := func(name Name) bool { return slices.Contains(wanted, name) }
	say := func(reason string, args ...any) { c.Reasons = append(c.Reasons, fmt.Sprintf(reason, args...)) }
	if has(KernelArgument) && h.Pciback != kmod.BuiltIn && !has(Modprobe) && !has(Initramfs) {
		c.add(Modprobe, "pciback is a module: the kernel's command line counts when it is loaded, so something has to load it before the drivers")
	}
	if has(Modprobe) && h.Pciback == kmod.BuiltIn && !has(KernelArgument) && h.Loader.Known() {
		c.add(KernelArgument, "pciback is built in: modprobe never loads it, and it reads its list from the kernel's command line alone")
	}
	if h.Init.Kind != initscript.Unknown && !slices.Contains(c.Layers, Initramfs) && !slices.Contains(c.Layers, Service) {
		c.add(Service, "the %s by address: should another card stand there one day, the service gives it back", theLayersGo(c.Layers))
	}
	if len(early) > 0 && slices.Equal(wanted, []Name{Service}) {
		say("%s in the initramfs: a service takes the devices when they have been in use for a while", are(early))
	}
	if len(early) > 0 && slices.Equal(wanted, []Name{Udev}) && !h.Image.Supported() {
		say("%s in the initramfs, and nothing is known of the tool that makes it: the rule may count from the root file system on only", are(early))
	}
	if len(early) > 0 && has(Modprobe) && !h.Image.ByModprobe() {
		say("%s in the initramfs, and nothing is known of the tool that makes it: whether modprobe has these lines there is not known", are(early))
	}
	if len(within) > 0 && (h.Pciback != kmod.BuiltIn || !slices.Contains(c.Layers, KernelArgument)) {
		say("%s built into the kernel, and no layer of these comes before it%s", are(within), afterwards(c.Layers))
	}
	c.failsOpen()
	return c
}

// Keep are layers that are there, and why they may not have these devices first:
// a device that came to the list since may have a driver that comes before them.
func Keep(h *Host, devices []Device, enabled []Name) Choice {
	c := Choice{Layers: enabled}
	has := func(name Name) bool { return slices.Contains(enabled, name) }
	early, later := modules(devices, inImage), modules(devices, loadable)
	late := func(names []string, why string) {
		c.Reasons = append(c.Reasons, fmt.Sprintf("%s %s, and may have its devices before the %s; 'xenpci boot enable' chooses anew", are(names), why, theLayers(enabled)))
	}
	switch {
	case len(enabled) == 0 || has(Initramfs) || has(KernelArgument) && h.Pciback == kmod.BuiltIn:
	case len(early) > 0 && !(has(Modprobe) && h.Image.ByModprobe()) && !(has(Udev) && h.Image.Supported()):
		late(early, "in the initramfs")
	case len(later) > 0 && !has(Modprobe) && !has(Udev) && !(has(Service) && h.earlyService()):
		late(later, "loaded as udev finds the devices")
	}
	return c
}

func theLayers(names []Name) string {
	if len(names) == 1 {
		return "layer " + string(names[0])
	}
	var words []string
	for _, name := range names {
		words = append(words, string(name))
	}
	return "layers " + strings.Join(words, ", ")
}

func theLayersGo(names []Name) string {
	if len(names) == 1 {
		return theLayers(names) + " goes"
	}
	return theLayers(names) + " go"
}

// afterwards says which layer makes good what none could prevent.
func afterwards(layers []Name) string {
	for _, name := range []Name{Initramfs, Service} {
		if slices.Contains(layers, name) {
			return fmt.Sprintf("; the layer %s takes the devices back", name)
		}
	}
	return "; the layers " + string(Initramfs) + " and " + string(Service) + " would take the devices back"
}

// failsOpen says what modprobe's lines do not promise.
func (c *Choice) failsOpen() {
	if slices.Contains(c.Layers, Modprobe) {
		c.Reasons = append(c.Reasons, "modprobe's lines ask, and do not forbid: where pciback cannot be loaded, the drivers take the devices")
	}
}

// late says in words why nothing takes the devices before a service could.
func late(devices []Device) string {
	if names := modules(devices, loadable); len(names) > 0 {
		return are(names) + " loaded from the root file system"
	}
	return "no driver of dom0 takes the devices"
}

func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}
