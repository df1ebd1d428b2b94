package passthrough

import (
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
)

// Layer is one way to have devices hidden at every boot.
type Layer string

// The layers, in the order in which a boot comes to them.
const (
	LayerKernelArgument Layer = "kernel_argument" // xen-pciback.hide= on dom0's command line
	LayerInitramfs      Layer = "initramfs"       // xenpci itself, before udev starts there
	LayerModprobe       Layer = "modprobe"        // pciback is loaded before other drivers
	LayerUdev           Layer = "udev"            // a rule sets driver_override
	LayerService        Layer = "service"         // xenpci itself, as a service of the init system
)

// LayerDaemon is xenpcid, started by the init system. It is not among Layers: it hides
// nothing before it runs, and EnableDaemon and DisableDaemon alone change it.
const LayerDaemon Layer = "daemon"

// Layers returns the layers that hide devices, in the order in which a boot comes to them.
func Layers() []Layer { return newLayers(boot.Names()) }

// ParseLayer reads the name of a layer: "kernel-argument", as String returns it,
// or "kernel_argument". The error lists all names.
func ParseLayer(text string) (Layer, error) {
	name, err := boot.ParseName(strings.ReplaceAll(text, "_", "-"))
	if err != nil {
		return "", &Error{Code: CodeBadOption, Reason: err.Error(), err: err}
	}
	return newLayer(name), nil
}

// String returns the name as people write it: "kernel-argument".
func (l Layer) String() string { return string(l.name()) }

func (l Layer) name() boot.Name { return boot.Name(strings.ReplaceAll(string(l), "_", "-")) }

func newLayer(name boot.Name) Layer { return Layer(strings.ReplaceAll(string(name), "-", "_")) }

func newLayers(names []boot.Name) []Layer {
	layers := make([]Layer, len(names))
	for i, name := range names {
		layers[i] = newLayer(name)
	}
	return layers
}
