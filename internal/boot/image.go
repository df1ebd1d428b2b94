package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Image is the initramfs of the kernel that runs.
type Image struct {
	Tool     initramfs.Tool // that makes it; "" where that is not known
	Evidence string
	File     string           // "/boot/initrd.img-6.1.0-32-amd64"; "" where there is none
	Content  *initramfs.Image // nil where there is none, or it cannot be read
}

// imageFiles are what is looked at in an image, beside modprobe's files.
var imageFiles = []string{"etc/xenpci/*", "etc/xenpci/devices.d/*", "etc/udev/rules.d/*"}

// findImage finds and reads the image of a kernel. Without an image there are
// no drivers in it, which is no error.
func findImage(ctx context.Context, f sysfs.FS, release string) (Image, error) {
	var i Image
	if installed := initramfs.Installed(f); len(installed) == 1 {
		i.Tool, i.Evidence = installed[0].Tool, installed[0].Evidence
	}
	file, err := initramfs.Find(f, release)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return i, nil
	case err != nil:
		return i, err
	}
	i.File = file
	if i.Content, err = initramfs.Read(ctx, f, file, imageFiles...); err != nil {
		return i, fmt.Errorf("what is in the initramfs is not known: %w", err)
	}
	if maker, ok := i.Content.Maker(); ok {
		i.Tool, i.Evidence = maker.Tool, maker.Evidence
	}
	return i, nil
}

// Supported says whether xenpci can have itself put into the image.
func (i Image) Supported() bool {
	return i.File != "" && (i.Tool == initramfs.InitramfsTools || i.Tool == initramfs.Dracut)
}

// Module says whether the image has a module.
func (i Image) Module(name string) bool {
	if i.Content == nil {
		return false
	}
	_, ok := i.Content.Module(name)
	return ok
}

// file is a file of the image, by its absolute name.
func (i Image) file(name string) ([]byte, bool) {
	if i.Content == nil {
		return nil, false
	}
	return i.Content.File(path.Clean(name)[1:])
}

// rebuild makes the image anew; nothing where nobody knows how.
func (h *Host) rebuild() []Command {
	args, err := initramfs.Rebuild(h.Image.Tool, h.Release, h.Image.File)
	if err != nil || h.Image.File == "" {
		return nil
	}
	return []Command{{Args: args, Why: "the initramfs is made anew", Deadline: imageDeadline}}
}

// rebuildFor makes the image anew if it decides who has one of the devices: if
// it has one of their drivers.
func (h *Host) rebuildFor(devices []Device) []Command {
	if len(modules(devices, inImage)) == 0 {
		return nil
	}
	return h.rebuild()
}

// checkImage says which of the files the image does not have as the system has
// them, where the image decides who has one of the devices. It is read anew.
func (h *Host) checkImage(ctx context.Context, devices []Device, names ...string) []error {
	if len(modules(devices, inImage)) == 0 {
		return nil
	}
	image, err := findImage(ctx, h.FS, h.Release)
	if err != nil {
		return []error{err}
	}
	h.Image = image
	var errs []error
	for _, name := range names {
		errs = append(errs, h.sameInImage(name))
	}
	return errs
}

// sameInImage compares one file with its copy in the image.
func (h *Host) sameInImage(name string) error {
	const limit = 1 << 20
	want, err := h.FS.Read(name, limit)
	if err != nil {
		return err
	}
	switch have, ok := h.Image.file(name); {
	case !ok:
		return fmt.Errorf("%s: %s is not in it", h.Image.File, name)
	case string(have) != string(want):
		return fmt.Errorf("%s: %s is not in it as it is now", h.Image.File, name)
	}
	return nil
}
