package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Image is the initramfs of one kernel.
type Image struct {
	Tool     initramfs.Tool // that makes it; "" where that is not known
	Evidence string
	File     string           // "/boot/initrd.img-6.1.0-32-amd64"; "" where there is none
	Content  *initramfs.Image // nil where there is none, or it cannot be read
}

// imageFiles are what is looked at in an image, beside modprobe's files.
var imageFiles = []string{"etc/xenpci/*", "etc/xenpci/devices.d/*", "etc/udev/rules.d/*", "lib/udev/rules.d/*", "usr/lib/udev/rules.d/*"}

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

// ByModprobe says whether the image has modprobe's files, and pciback where they
// ask for it, so that the modprobe layer counts there too.
func (i Image) ByModprobe() bool {
	return i.Supported() || i.File != "" && i.Tool == initramfs.Mkinitfs
}

// Module says whether the image has a module.
func (i Image) Module(name string) bool {
	if i.Content == nil {
		return false
	}
	_, ok := i.Content.Module(name)
	return ok
}

// unread says whether there is an image of which nobody knows what is in it.
func (i Image) unread() bool { return i.File != "" && i.Content == nil }

// file is a file of the image, by its absolute name. initramfs-tools puts udev's
// rules of /etc beside those of /lib (its hook udev).
func (i Image) file(name string) ([]byte, bool) {
	if i.Content == nil {
		return nil, false
	}
	content, ok := i.Content.File(path.Clean(name)[1:])
	if dir, base := path.Split(name); !ok && dir == "/etc/udev/rules.d/" {
		if content, ok = i.Content.File("lib/udev/rules.d/" + base); !ok {
			content, ok = i.Content.File("usr/lib/udev/rules.d/" + base)
		}
	}
	return content, ok
}

// same compares one file with its copy in the image.
func (i Image) same(f sysfs.FS, name string) error {
	const limit = 1 << 20
	want, err := f.Read(name, limit)
	if err != nil {
		return err
	}
	switch have, ok := i.file(name); {
	case !ok:
		return fmt.Errorf("%s: %s is not in it", i.File, name)
	case string(have) != string(want):
		return fmt.Errorf("%s: %s is not in it as it is now", i.File, name)
	}
	return nil
}

// installed is a kernel with its modules and its image.
type installed struct{ release, image string }

// findKernels are those that the machine may boot next, the one that runs first. An
// image that several of them would have by its name is made for one: the folder
// REL.old that somebody kept shares that of REL, and on Alpine all kernels of a
// flavour have one name. It is the one that the image has modules of.
func (h *Host) findKernels(ctx context.Context) []installed {
	names, _ := h.FS.List("/lib/modules") // without it, there is the one that runs
	slices.Sort(names)
	names = append([]string{h.Release}, slices.DeleteFunc(names, func(name string) bool { return name == h.Release })...)
	var all []installed
	for _, release := range names {
		image, err := initramfs.Find(h.FS, release)
		if err != nil {
			continue
		}
		at := slices.IndexFunc(all, func(k installed) bool { return k.image == image })
		switch {
		case at < 0:
			all = append(all, installed{release, image})
		case h.madeFor(ctx, image, release) && !h.madeFor(ctx, image, all[at].release):
			all[at].release = release
		}
	}
	return all
}

// madeFor says whether an image has the modules of that kernel.
func (h *Host) madeFor(ctx context.Context, file, release string) bool {
	content, err := initramfs.Read(ctx, h.FS, file)
	return err == nil && slices.Contains(content.Releases(), release)
}

// rebuild makes the images of all kernels anew, since any of them may be booted
// next; nothing where nobody knows how.
func (h *Host) rebuild() []change.Command {
	var commands []change.Command
	for _, k := range h.kernels {
		args, err := initramfs.Rebuild(h.Image.Tool, k.release, k.image)
		if err == nil {
			commands = append(commands, change.Command{Args: args, Why: k.image + " is made anew", Deadline: imageDeadline})
		}
	}
	return commands
}

// rebuildFor makes the images anew if they decide who has one of the devices: if
// there is one of their drivers in them.
func (h *Host) rebuildFor(devices []Device) []change.Command {
	if len(modules(devices, inImage)) == 0 && !h.Image.holdsOurs() {
		return nil
	}
	return h.rebuild()
}

// holdsOurs says whether the image has files of the layers that go by address:
// the devices that they were written for may not be declared any more.
func (i Image) holdsOurs() bool {
	return slices.ContainsFunc([]string{softdepFile, optionsFile, udevRules}, func(name string) bool {
		content, ok := i.file(name)
		return ok && brand.Owns(content)
	})
}

// images are the image of the kernel that runs, and that of the boot loader's
// default entry, where that is known and another one. Those of further kernels
// are made anew as well, and not looked at.
func (h *Host) images(ctx context.Context) ([]Image, error) {
	image, err := h.readImage(ctx, h.Release)
	if err != nil {
		return nil, err
	}
	h.Image = image
	all := []Image{image}
	if next, known := h.nextKernel(); known && next.image != image.File {
		image, err := h.readImage(ctx, next.release)
		if err != nil {
			return nil, err
		}
		all = append(all, image)
	}
	return all, nil
}

// readImage reads the image of a kernel, and not again until a program has run:
// it takes a second, and several layers ask.
func (h *Host) readImage(ctx context.Context, release string) (Image, error) {
	if image, ok := h.read[release]; ok {
		return image, nil
	}
	image, err := findImage(ctx, h.FS, release)
	if err == nil {
		if h.read == nil {
			h.read = map[string]Image{}
		}
		h.read[release] = image
	}
	return image, err
}

// nextKernel is that of the entry that boots when nobody chooses.
func (h *Host) nextKernel() (installed, bool) {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return installed{}, false
	}
	at := slices.IndexFunc(entries, func(e Entry) bool { return e.Default })
	if at < 0 {
		return installed{}, false
	}
	for _, k := range h.kernels {
		// The boot loader's paths begin at its own file system.
		if slices.ContainsFunc(entries[at].Initrds, func(file string) bool { return path.Base(file) == path.Base(k.image) }) {
			return k, true
		}
	}
	return installed{}, false
}

// checkImages says which of the files that there are the images do not have as
// the system has them, and whether they have pciback, where an image decides who
// has one of the devices.
func (h *Host) checkImages(ctx context.Context, devices []Device, names ...string) []error {
	decides := len(modules(devices, inImage)) > 0
	if !decides && !h.Image.holdsOurs() {
		return nil
	}
	images, err := h.images(ctx)
	if err != nil {
		return []error{err}
	}
	var errs []error
	for _, image := range images {
		for _, name := range names {
			if !h.FS.Exists(name) {
				continue // the layer's own check says that it is not there
			}
			if _, has := image.file(name); !decides && !has {
				continue
			}
			if err := image.same(h.FS, name); err != nil {
				errs = append(errs, err)
			}
		}
		if decides && slices.Contains(names, optionsFile) && h.Pciback != kmod.BuiltIn && !image.Module(h.Module) {
			errs = append(errs, fmt.Errorf("%s: the module %s is not in it", image.File, h.Module))
		}
	}
	return errs
}
