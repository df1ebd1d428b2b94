package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
)

// Name is a layer's name, as `xenpci boot enable --layer` takes it.
type Name string

// The layers, in the order in which a boot comes to them.
const (
	KernelArgument Name = "kernel-argument"
	Initramfs      Name = "initramfs"
	Modprobe       Name = "modprobe"
	Udev           Name = "udev"
	Service        Name = "service"
)

// Names are all layers, in the order in which a boot comes to them.
func Names() []Name { return []Name{KernelArgument, Initramfs, Modprobe, Udev, Service} }

// ParseName reads a layer's name. The error lists them all.
func ParseName(text string) (Name, error) {
	if name := Name(text); slices.Contains(Names(), name) {
		return name, nil
	}
	var all []string
	for _, name := range Names() {
		all = append(all, string(name))
	}
	return "", fmt.Errorf("%q is no layer; there are %s", text, strings.Join(all, ", "))
}

// layer is one way to have devices hidden at boot.
type layer interface {
	name() Name
	// files are all that the layer writes or edits, as they are to be when it
	// hides the devices; with on false, as they are to be without it. A file that
	// is as it should be is among them too.
	files(h *Host, devices []Device, on bool) ([]change.Change, error)
	// commands make something of the files, when the layer comes or goes.
	commands(h *Host, devices []Device, on bool) []change.Command
	// check reads back what came of it. What it says is what does not agree.
	check(ctx context.Context, h *Host, devices []Device) []error
	// names says whether one device is in the layer's files, and in what was made
	// of them.
	names(h *Host, d Device) (written, made Answer)
}

// layers are all of them, in the order of Names.
func layers() []layer {
	return []layer{kernelArgument{}, initramfsLayer{}, modprobeLayer{}, udevLayer{}, serviceLayer{}, triggersLayer{}}
}
