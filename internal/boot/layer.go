package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
)

// Name is the name of a layer, as 'xenpci boot enable --layer' takes it.
type Name string

// The layers, in the order in which they take effect at boot.
const (
	KernelArgument Name = "kernel-argument"
	Initramfs      Name = "initramfs"
	Modprobe       Name = "modprobe"
	Udev           Name = "udev"
	Service        Name = "service"
)

// Daemon is the name of the layer that starts xenpcid. It is not among Names: it does not
// depend on the choice, and is enabled and disabled by itself.
const Daemon Name = "daemon"

// Names returns the layers that hide devices, in the order in which they take effect at boot.
func Names() []Name { return []Name{KernelArgument, Initramfs, Modprobe, Udev, Service} }

// ParseName returns the layer of that name. The error lists all names.
func ParseName(text string) (Name, error) {
	if name := Name(text); slices.Contains(Names(), name) {
		return name, nil
	}
	var all []string
	for _, name := range Names() {
		all = append(all, string(name))
	}
	return "", &fault{fmt.Sprintf("unknown layer %q", text), "the layers are " + strings.Join(all, ", ")}
}

// layer is one way to have devices hidden at boot.
type layer interface {
	name() Name
	// files returns a change for each file that the layer writes or edits, also
	// for those that are as they should be: to have the layer hide the devices, or
	// with on false to remove it.
	files(h *Host, devices []Device, on bool) ([]change.Change, error)
	// commands returns the programs that make something of the files, when the
	// layer is enabled or disabled.
	commands(h *Host, devices []Device, on bool) []change.Command
	// check reads back what came of it, and returns what is not as it should be.
	check(ctx context.Context, h *Host, devices []Device) []error
	// names reports whether one device is in the layer's files, and in what was
	// made of them.
	names(h *Host, d Device) (written, made Answer)
}

// layers returns the layers that hide devices, in the order of Names, and the triggers.
func layers() []layer {
	return []layer{kernelArgument{}, initramfsLayer{}, modprobeLayer{}, udevLayer{}, serviceLayer(), triggersLayer{}}
}
