package boot

import (
	"errors"
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
	c.say(reason, args...)
}

func (c *Choice) say(reason string, args ...any) {
	c.Reasons = append(c.Reasons, fmt.Sprintf(reason, args...))
}

// Choose returns the layers that change least of the boot, and by which pciback
// surely gets the devices before any other driver. The service is among them wherever the init
// system is known: it identifies the devices by more than their address, tells
// xenstore and the hypervisor about them, and checks the result.
func Choose(h *Host, devices []Device) Choice {
	var c Choice
	early := modules(devices, inImage)
	within := modules(devices, builtIn)
	later := modules(devices, loadable)
	switch {
	case len(early) == 0:
	case h.Image.maybe() != "":
		c.say("cannot tell which initramfs this kernel has (%s), so every driver is assumed to be in it", h.Image.maybe())
	case h.Image.Unread():
		c.say("%s cannot be read, so every driver is assumed to be in it", h.Image.File)
	}
	if len(early)+len(within) == 0 && len(later) > 0 && !h.earlyService() {
		c.say("%s", h.noEarlyService())
	}
	takes := h.takesArgument(devices)
	late := len(early)+len(within) > 0 || len(later) > 0 && !h.earlyService() // a service would be
	if late && h.Pciback == kmod.BuiltIn && takes != nil {
		c.say("pciback is built into the kernel, and xenpci cannot give it the devices (%v)", takes)
	}
	switch {
	case len(early)+len(within) == 0 && h.earlyService():
		c.add(Service, "%s, so a service that starts before udev is early enough", atRoot(devices))
		return c
	case len(early)+len(within)+len(later) == 0 && h.Init.Kind != initscript.Unknown:
		c.add(Service, "%s, so a service is early enough", atRoot(devices))
		return c
	case len(early)+len(within) == 0 && h.Pciback != kmod.BuiltIn:
		c.add(Modprobe, "%s, so modprobe has to load pciback first", atRoot(devices))
	case h.Pciback == kmod.BuiltIn && takes == nil:
		c.add(KernelArgument, "pciback is built into the kernel, and takes the devices on the kernel command line before any other driver")
	case len(early) > 0 && h.Image.Supported():
		c.add(Initramfs, "%s, so a service would come too late", h.inImage(early))
	case len(early) > 0 && h.Image.ByModprobe() && h.Pciback != kmod.BuiltIn:
		c.add(Modprobe, "%s, where xenpci cannot run; there, modprobe loads pciback first", h.inImage(early))
	case len(early) > 0 && !h.Image.ByModprobe() && overrides(devices):
		c.add(Udev, "%s%s; a udev rule reserves the devices once the root file system is mounted", h.inImage(early), h.Image.madeBy())
	case h.Image.Supported() && len(within) > 0:
		c.add(Initramfs, "%s built into the kernel and bound before any program runs; xenpci in the initramfs is the first to take the devices back", are(within))
	case h.Image.Supported():
		c.add(Initramfs, "%s, so xenpci has to run in the initramfs", atRoot(devices))
	case h.Init.Kind != initscript.Unknown && len(within) == 0 && h.Pciback == kmod.BuiltIn:
		c.add(Service, "a service takes the devices back")
		return c
	case h.Init.Kind != initscript.Unknown && len(within) > 0:
		c.add(Service, "%s built into the kernel and bound before any program runs; a service takes the devices back", are(within))
		return c
	case h.Init.Kind != initscript.Unknown:
		c.add(Service, "%s%s, and this kernel has no driver_override; a service takes the devices back", h.inImage(early), h.Image.madeBy())
		return c
	}
	if h.Init.Kind != initscript.Unknown {
		c.add(Service, "the service tells xl the devices' names, and checks the result")
	}
	c.failsOpen(h, devices)
	return c
}

// NoLayer returns why no layer can hide the devices on this machine, with what a person
// can do in their place; nil where Choose finds one.
func NoLayer(h *Host, devices []Device) error {
	if len(devices) == 0 || len(Choose(h, devices).Layers) > 0 {
		return nil
	}
	var why []string
	advice := "run 'xenpci apply' in a boot script of your own, before guests are started"
	if h.Pciback == kmod.BuiltIn {
		reason := "pciback is built into the kernel"
		var f *fault
		if errors.As(h.takesArgument(devices), &f) {
			reason, advice = reason+", and "+f.reason, f.advice
		}
		why = append(why, reason)
	} else if within := modules(devices, builtIn); len(within) > 0 {
		why = append(why, are(within)+" built into the kernel")
	}
	switch {
	case h.Image.maybe() != "":
		why = append(why, "cannot tell which initramfs this kernel has ("+h.Image.maybe()+")")
	case h.Image.File == "":
		why = append(why, "there is no initramfs")
	case h.Image.Tool == "":
		why = append(why, h.Image.File+" was made by an unknown tool")
	default:
		why = append(why, "xenpci cannot run in "+h.Image.File)
	}
	why = append(why, "the init system is unknown")
	if h.HiddenByHand(devices) {
		advice = "every entry that boots Xen hides them already, and nothing is to be done"
	}
	return &fault{"no boot layer can hide the devices on this machine: " + strings.Join(why, "; "), advice}
}

// noEarlyService says why no service can be early enough.
func (h *Host) noEarlyService() string {
	if h.Init.Kind == initscript.Unknown {
		return "unknown init system: cannot start a service before udev"
	}
	return string(h.Init.Kind) + " cannot start a service before udev"
}

// Complete adds to layers that a person chose those that they need, and says what
// they cannot do.
func Complete(h *Host, devices []Device, wanted []Name) Choice {
	var c Choice
	for _, name := range wanted {
		c.add(name, "%s: as requested", name)
	}
	early, within := modules(devices, inImage), modules(devices, builtIn)
	has := func(name Name) bool { return slices.Contains(wanted, name) }
	if has(KernelArgument) && h.Pciback != kmod.BuiltIn && !has(Modprobe) && !has(Initramfs) {
		c.add(Modprobe, "pciback is a module and reads the kernel command line when it is loaded, so modprobe has to load it before the drivers")
	}
	if has(Modprobe) && h.Pciback == kmod.BuiltIn && !has(KernelArgument) && h.Loader.Known() {
		c.add(KernelArgument, "pciback is built into the kernel: it takes its devices from the kernel command line, and modprobe never loads it")
	}
	if h.Init.Kind != initscript.Unknown && !slices.Contains(c.Layers, Initramfs) && !slices.Contains(c.Layers, Service) {
		c.add(Service, "%s only by address; if another card is there one day, the service gives it back", theLayersKnow(c.Layers))
	}
	if len(early) > 0 && slices.Equal(wanted, []Name{Service}) {
		c.say("%s, so the devices are in use for a while until the service takes them", h.inImage(early))
	}
	if len(early) > 0 && slices.Equal(wanted, []Name{Udev}) && !h.Image.Supported() {
		c.say("%s%s; the rule may take effect only once the root file system is mounted", h.inImage(early), h.Image.madeBy())
	}
	if len(early) > 0 && has(Modprobe) && !h.Image.ByModprobe() {
		c.say("%s%s; modprobe's lines may be missing there", h.inImage(early), h.Image.madeBy())
	}
	if len(within) > 0 && (h.Pciback != kmod.BuiltIn || !slices.Contains(c.Layers, KernelArgument)) {
		c.say("%s built into the kernel, so no layer of these comes first; %s", are(within), afterwards(c.Layers))
	}
	c.failsOpen(h, devices)
	return c
}

// Keep returns the layers that are enabled, and why they may be too late for these
// devices: one that was declared since may have a driver that comes before them.
func Keep(h *Host, devices []Device, enabled []Name) Choice {
	c := Choice{Layers: enabled}
	has := func(name Name) bool { return slices.Contains(enabled, name) }
	early, later := modules(devices, inImage), modules(devices, loadable)
	late := func(what string) {
		c.say("%s and may bind the devices before %s; 'xenpci boot enable' chooses the layers again", what, theLayers(enabled))
	}
	switch {
	case len(enabled) == 0 || has(Initramfs) || has(KernelArgument) && h.Pciback == kmod.BuiltIn:
	case len(early) > 0 && !(has(Modprobe) && h.Image.ByModprobe()) && !(has(Udev) && h.Image.Supported()):
		late(h.inImage(early))
	case len(later) > 0 && !has(Modprobe) && !has(Udev) && !(has(Service) && h.earlyService()):
		late(are(later) + " loaded when udev finds the devices")
	}
	return c
}

func theLayers(names []Name) string {
	if len(names) == 1 {
		return "the layer " + string(names[0])
	}
	var words []string
	for _, name := range names {
		words = append(words, string(name))
	}
	return "the layers " + strings.Join(words, ", ")
}

func theLayersKnow(names []Name) string {
	if len(names) == 1 {
		return theLayers(names) + " identifies devices"
	}
	return theLayers(names) + " identify devices"
}

// afterwards says which layer repairs what none could prevent.
func afterwards(layers []Name) string {
	for _, name := range []Name{Initramfs, Service} {
		if slices.Contains(layers, name) {
			return fmt.Sprintf("the layer %s takes the devices back", name)
		}
	}
	return fmt.Sprintf("the layers %s and %s would take the devices back", Initramfs, Service)
}

// failsOpen says what modprobe's lines do not guarantee.
func (c *Choice) failsOpen(h *Host, devices []Device) {
	if !slices.Contains(c.Layers, Modprobe) {
		return
	}
	switch names := modules(devices, loadable); len(names) {
	case 0:
	case 1:
		c.say("if %s fails to load, %s takes the devices", h.Module, names[0])
	default:
		c.say("if %s fails to load, %s take the devices", h.Module, strings.Join(names, ", "))
	}
}

// atRoot says why nothing takes the devices before the root file system is mounted.
func atRoot(devices []Device) string {
	if names := modules(devices, loadable); len(names) > 0 {
		return are(names) + " loaded from the root file system"
	}
	return "no driver of dom0 takes the devices"
}

// inImage says that drivers are in the initramfs, or may be.
func (h *Host) inImage(names []string) string {
	if h.Image.Unread() {
		return strings.Join(names, ", ") + " may be in the initramfs"
	}
	return are(names) + " in the initramfs"
}

// madeBy continues a sentence about an image that xenpci does not change; "" where it is not
// known which image that is.
func (i Image) madeBy() string {
	switch {
	case i.File == "":
		return ""
	case i.Tool == "":
		return ", which was made by an unknown tool"
	}
	return ", which was made by " + string(i.Tool)
}

func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}
