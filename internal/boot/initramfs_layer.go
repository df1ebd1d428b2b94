package boot

import (
	"context"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/initramfs"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/config"
	images "github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// initramfsLayer runs xenpci before udev starts in the initramfs, with a copy of the
// list: it identifies devices by more than their address, and takes them also from
// drivers that are built into the kernel.
type initramfsLayer struct{}

func (initramfsLayer) name() Name { return Initramfs }

// files returns those of all tools, so that what was written for a tool that is not
// used any more is removed.
func (initramfsLayer) files(h *Host, _ []Device, on bool) ([]change.Change, error) {
	if on && !h.Image.Supported() {
		return nil, h.noImage()
	}
	var changes []change.Change
	for _, tool := range []images.Tool{images.InitramfsTools, images.Dracut, images.Mkinitcpio} {
		program := brand.Program
		used := on && tool == h.Image.Tool
		if used {
			program = h.Program
		}
		files, err := initramfs.Files(tool, program)
		if err != nil {
			return nil, err
		}
		more, err := wholes(h.FS, files, used)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	mark, err := whole(h.FS, initramfs.Mark, []byte(mark+initramfs.MarkText), 0, on && initramfs.Marked(h.Image.Tool))
	if err != nil {
		return nil, err
	}
	changes = append(changes, mark)
	settings, err := mkinitcpioChanges(h, on && h.Image.Tool == images.Mkinitcpio)
	return append(changes, settings...), err
}

// unknownImage reports that an image cannot be found.
func (h *Host) unknownImage(i Image) error {
	return fmt.Errorf("cannot tell which initramfs the kernel %s has: %s", h.Release, i.maybe())
}

// noImage returns why xenpci cannot be added to the initramfs.
func (h *Host) noImage() error {
	switch {
	case h.Image.maybe() != "":
		return h.unknownImage(h.Image)
	case h.Image.File == "":
		return fmt.Errorf("the kernel %s has no initramfs", h.Release)
	case h.Image.Tool == images.Mkinitfs:
		return &fault{"an initramfs made by mkinitfs cannot run xenpci", "use the layer modprobe, which takes effect there"}
	case h.Image.Tool == images.Dracut && h.Image.oldDracut:
		return &fault{"this dracut reads no modules from /usr/lib/dracut/modules.d", "use the layers udev or service"}
	case h.Image.Tool == "":
		return fmt.Errorf("%s was made by an unknown tool", h.Image.File)
	}
	return fmt.Errorf("%s was made by %s, which xenpci does not support", h.Image.File, h.Image.Tool)
}

// commands make the images again when the layer is enabled or disabled, and when
// the list changes.
func (initramfsLayer) commands(h *Host, _ []Device, _ bool) []change.Command { return h.rebuild() }

// check reads the images back.
func (l initramfsLayer) check(ctx context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	all, err := h.images(ctx)
	if err != nil {
		return append(errs, err)
	}
	for _, image := range all {
		if image.Content == nil {
			errs = append(errs, fmt.Errorf("the kernel %s has no initramfs", h.Release))
			continue
		}
		errs = append(errs, h.checkInside(image)...)
	}
	return errs
}

// InsideError reports a file of xenpci that an image does not have as it should.
type InsideError struct {
	Image string
	Name  string // of the file, as the system has it: "/etc/xenpci/devices.toml"; a module or a script by its name
	What  string // what it is, before the name: "the module "; "" for a file
	Fault InsideFault
}

// InsideFault is what is wrong with a file of xenpci in an image.
type InsideFault string

// The faults.
const (
	Missing InsideFault = "missing"
	Old     InsideFault = "old"  // another content than the system's
	Late    InsideFault = "late" // it runs after udev's
)

// Error names the image and the file.
func (e *InsideError) Error() string {
	switch what := e.What + e.Name; e.Fault {
	case Old:
		return e.Image + " contains an old copy of " + what
	case Late:
		return e.Image + " runs " + what + " after udev's"
	default:
		return e.Image + " does not contain " + what
	}
}

// CheckInside returns what of the layer initramfs is missing in an image of the host below f,
// or is not as the system has it; nothing where the layer is not enabled. The errors are
// *InsideError, or about reading the host. The image has to be read with ImageFiles.
func CheckInside(f sysfs.FS, file string, content *images.Image) []error {
	h, _ := lookAtSettings(f)
	on, err := Enabled(h, nil)
	switch {
	case err != nil:
		return []error{err}
	case !slices.Contains(on, Initramfs):
		return nil
	}
	image := Image{File: file, Content: content}
	if maker, ok := content.Maker(); ok {
		image.Tool = maker.Tool
	}
	return h.checkInside(image)
}

// checkInside looks for the program, the current list and pciback; with
// initramfs-tools and mkinitcpio also whether the script comes before udev's.
func (h *Host) checkInside(image Image) (errs []error) {
	fault := func(what, name string, f InsideFault) { errs = append(errs, &InsideError{image.File, name, what, f}) }
	if _, ok := image.Content.Entry(h.Program[1:]); !ok {
		fault("", h.Program, Missing)
	}
	if !image.Module(h.Module) && h.Pciback != kmod.BuiltIn {
		fault("the module ", h.Module, Missing)
	}
	for _, name := range config.Files(h.FS) {
		if err := image.same(h.FS, name); err != nil {
			errs = append(errs, err)
		}
	}
	switch image.Tool {
	case images.InitramfsTools:
	case images.Mkinitcpio:
		return append(errs, checkMkinitcpio(image)...)
	default:
		return errs
	}
	scripts := image.Content.Scripts("init-top")
	ours, udev := slices.Index(scripts, "00xenpci"), slices.Index(scripts, "udev")
	if ours < 0 {
		fault("the script ", "init-top/00xenpci", Missing)
	} else if udev >= 0 && udev < ours {
		fault("the script ", "init-top/00xenpci", Late)
	}
	return errs
}
