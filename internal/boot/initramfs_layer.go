package boot

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/xenpci/xenpci/initramfs"
	images "github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
)

// initramfsLayer has xenpci itself hide the devices before udev starts in the
// initramfs, from a copy of the list: by more than their address, and also from
// a driver that is built into the kernel.
type initramfsLayer struct{}

func (initramfsLayer) name() Name { return Initramfs }

func (initramfsLayer) files(h *Host, _ []Device, on bool) ([]Change, error) {
	if !on {
		return removed(h)
	}
	files, err := initramfs.Files(h.Image.Tool, h.Program)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, f := range files {
		c, err := whole(h.FS, f.Path, []byte(f.Text), f.Mode, true)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// removed takes away what is there, whichever tool it was for: the tool may be
// another one by now.
func removed(h *Host) ([]Change, error) {
	var changes []Change
	for _, tool := range initramfs.Tools() {
		files, err := initramfs.Files(tool, h.Program)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			c, err := whole(h.FS, f.Path, nil, f.Mode, false)
			if err != nil {
				return nil, err
			}
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// commands make the image anew whenever the layer comes, goes, or has another
// list to take along.
func (initramfsLayer) commands(h *Host, _ []Device, _ bool) []Command { return h.rebuild() }

// check reads the image: the program, the list as it is now, pciback, and for
// initramfs-tools the place of the script, which has to come before udev's.
func (l initramfsLayer) check(ctx context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	image, err := findImage(ctx, h.FS, h.Release)
	if err != nil {
		return append(errs, err)
	}
	h.Image = image
	if image.Content == nil {
		return append(errs, fmt.Errorf("the kernel %s has no initramfs", h.Release))
	}
	missing := func(what string) { errs = append(errs, fmt.Errorf("%s: %s is not in it", image.File, what)) }
	if _, ok := image.Content.Entry(h.Program[1:]); !ok {
		missing(h.Program)
	}
	if !image.Module(h.Module) && h.Pciback != kmod.BuiltIn {
		missing("the module " + h.Module)
	}
	for _, name := range listFiles(h) {
		if err := h.sameInImage(name); err != nil {
			errs = append(errs, err)
		}
	}
	if image.Tool == images.InitramfsTools {
		scripts := image.Content.Scripts("init-top")
		ours, udev := slices.Index(scripts, "00xenpci"), slices.Index(scripts, "udev")
		if ours < 0 {
			missing("the script init-top/00xenpci")
		} else if udev >= 0 && udev < ours {
			errs = append(errs, fmt.Errorf("%s: init-top/00xenpci runs after udev", image.File))
		}
	}
	return errs
}

// listFiles are the files of the declared list.
func listFiles(h *Host) []string {
	var names []string
	for _, dir := range []string{"/etc/xenpci", "/etc/xenpci/devices.d"} {
		entries, err := h.FS.List(dir)
		if err != nil {
			continue // none is declared there
		}
		for _, name := range entries {
			if path.Ext(name) == ".toml" {
				names = append(names, path.Join(dir, name))
			}
		}
	}
	return names
}
