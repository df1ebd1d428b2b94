package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Image is the initramfs of one kernel.
type Image struct {
	Tool     initramfs.Tool // that makes it; "" where it is not known
	Evidence string
	File     string           // "/boot/initrd.img-6.1.0-32-amd64"; "" where there is none
	Content  *initramfs.Image // nil where there is none, or it cannot be read

	oldDracut bool // dracut reads modules from another folder than the one that ours are for

	// Where File is "" and the kernel may have an image nevertheless:
	Unexplained []string // images of which one may be this kernel's
	Unseen      []string // folders that may have it, which are empty or not mounted
}

// ImageFiles returns the patterns of the files that are read from an image, beside modprobe's.
func ImageFiles() []string { return slices.Clone(imageFiles) }

var imageFiles = []string{"etc/xenpci/*", "etc/xenpci/devices.d/*", "etc/udev/rules.d/*", "lib/udev/rules.d/*", "usr/lib/udev/rules.d/*"}

// findImage finds and reads the image of a kernel. That there is none is not an
// error.
func (h *Host) findImage(ctx context.Context, release string) (Image, error) {
	var i Image
	f := h.FS
	// dracut before 005, of RHEL 6, has its modules there.
	i.oldDracut = f.Exists("/usr/share/dracut/modules.d") && !f.Exists("/usr/lib/dracut/modules.d")
	if installed := initramfs.Installed(f); len(installed) == 1 {
		i.Tool, i.Evidence = installed[0].Tool, installed[0].Evidence
	}
	file, err := h.imageFile(release)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		names, _ := f.List("/lib/modules")
		i.Unexplained, i.Unseen = initramfs.Unexplained(f, names), unseenFolders(f)
		return i, nil
	case err != nil:
		return i, err
	}
	i.File = file
	if i.Content, err = initramfs.Read(ctx, f, file, imageFiles...); err != nil {
		return i, fmt.Errorf("cannot read the initramfs: %w", err)
	}
	if maker, ok := i.Content.Maker(); ok {
		i.Tool, i.Evidence = maker.Tool, maker.Evidence
	}
	return i, nil
}

// imageFile returns the image of a kernel: the one that an entry of the boot loader loads with
// it, or else the one that has its name. The last of several is the system's; those before
// it have microcode.
func (h *Host) imageFile(release string) (string, error) {
	entries, _ := h.Loader.Entries(h.FS) // the loader's own check reports the error
	for _, e := range entries {
		if len(e.Initrds) == 0 || !strings.HasSuffix(path.Base(e.Kernel), "-"+release) {
			continue
		}
		file := grubPath(e.Initrds[len(e.Initrds)-1])
		// A path of the boot loader is relative to its own file system.
		for _, folder := range append([]string{""}, initramfs.Folders()...) {
			name := folder + file
			if (strings.HasPrefix(name, "/boot/") || strings.HasPrefix(name, "/efi/")) && h.FS.Exists(name) {
				return name, nil
			}
		}
	}
	return initramfs.Find(h.FS, release)
}

// Supported reports whether xenpci can be added to the image.
func (i Image) Supported() bool {
	return i.File != "" && (i.Tool == initramfs.InitramfsTools || i.Tool == initramfs.Mkinitcpio || i.Tool == initramfs.Dracut && !i.oldDracut)
}

// ByModprobe reports whether the image gets modprobe's files, and pciback where they
// require it, so that the layer modprobe takes effect there too.
func (i Image) ByModprobe() bool {
	return i.Supported() && i.Tool != initramfs.Mkinitcpio || i.File != "" && i.Tool == initramfs.Mkinitfs
}

// Module reports whether a module is in the image.
func (i Image) Module(name string) bool {
	if i.Content == nil {
		return false
	}
	_, ok := i.Content.Module(name)
	return ok
}

// Unread reports whether there is an image that could not be read, or may be one: then every
// driver may be in it.
func (i Image) Unread() bool {
	return i.File != "" && i.Content == nil || i.maybe() != ""
}

// maybe says which image the kernel may have, where that is not known; "" where it is.
func (i Image) maybe() string {
	var words []string
	if len(i.Unexplained) > 0 {
		words = append(words, prose.List(i.Unexplained)+" may be it")
	}
	for _, folder := range i.Unseen {
		words = append(words, folder+" is empty or not mounted")
	}
	return strings.Join(words, ", and ")
}

// file returns a file of the image by its absolute name. The hook udev of
// initramfs-tools puts the rules of /etc among those of /lib.
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

// same returns an error if the copy of a file in the image differs from the file,
// or is missing.
func (i Image) same(f sysfs.FS, name string) error {
	const limit = 1 << 20
	want, err := f.Read(name, limit)
	if err != nil {
		return err
	}
	switch have, ok := i.file(name); {
	case !ok:
		return &InsideError{Image: i.File, Name: name, Fault: Missing}
	case string(have) != string(want):
		return &InsideError{Image: i.File, Name: name, Fault: Old}
	}
	return nil
}

// installed is a kernel with its modules and its image.
type installed struct{ release, image string }

// findKernels returns the kernels that the machine may boot next, the running one
// first. Several kernels may have one image by its name: a saved directory REL.old
// shares that of REL, and on Alpine all kernels of a flavour share one. The image
// belongs to the kernel whose modules are in it.
func (h *Host) findKernels(ctx context.Context) []installed {
	names, _ := h.FS.List("/lib/modules") // without it, there is only the running one
	slices.Sort(names)
	names = append([]string{h.Release}, slices.DeleteFunc(names, func(name string) bool { return name == h.Release })...)
	var all []installed
	for _, release := range names {
		image, err := h.imageFile(release)
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

// madeFor reports whether an image has the modules of a kernel.
func (h *Host) madeFor(ctx context.Context, file, release string) bool {
	content, err := initramfs.Read(ctx, h.FS, file)
	return err == nil && slices.Contains(content.Releases(), release)
}

// rebuild returns the commands that make the images of all kernels again, since any
// of them may boot next; none where the tool is unknown.
func (h *Host) rebuild() []change.Command {
	var commands []change.Command
	presets := false
	for _, k := range h.kernels {
		if h.Image.Tool == initramfs.Mkinitcpio && presetMakes(h.FS, k.image) {
			presets = true
			continue
		}
		args, err := initramfs.Rebuild(h.Image.Tool, k.release, k.image)
		if err == nil {
			commands = append(commands, change.Command{Args: args, Why: k.image + " is made again", Deadline: imageDeadline})
		}
	}
	if presets {
		commands = append(commands, change.Command{Args: []string{"mkinitcpio", "-P"}, Why: "the images of all presets are made again", Deadline: imageDeadline})
	}
	return commands
}

// rebuildFor is rebuild where the image decides which driver gets one of the
// devices: where a driver of theirs is in it.
func (h *Host) rebuildFor(devices []Device) []change.Command {
	if len(modules(devices, inImage)) == 0 && !h.Image.holdsOurs() {
		return nil
	}
	return h.rebuild()
}

// holdsOurs reports whether the image has files of the layers that identify devices
// by address: those devices may not be declared any more.
func (i Image) holdsOurs() bool {
	return slices.ContainsFunc([]string{softdepFile, optionsFile, udevRules}, func(name string) bool {
		content, ok := i.file(name)
		return ok && brand.Owns(content)
	})
}

// images returns the image of the running kernel, and that of the boot loader's
// default entry, where it is known and a different one. Those of further kernels
// are made again as well, and not checked.
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

// readImage reads the image of a kernel. It is read again only after a program has
// run: reading takes a second, and several layers need it.
func (h *Host) readImage(ctx context.Context, release string) (Image, error) {
	if image, ok := h.read[release]; ok {
		return image, nil
	}
	image, err := h.findImage(ctx, release)
	if err == nil {
		if h.read == nil {
			h.read = map[string]Image{}
		}
		h.read[release] = image
	}
	return image, err
}

// nextKernel returns the kernel of the boot loader's default entry.
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
		// The boot loader's paths are relative to its own file system.
		if slices.ContainsFunc(entries[at].Initrds, func(file string) bool { return path.Base(file) == path.Base(k.image) }) {
			return k, true
		}
	}
	return installed{}, false
}

// checkImages returns which of the files the images do not have as the system has
// them, and whether pciback is missing from them, where an image decides which
// driver gets one of the devices.
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
		if decides && image.maybe() != "" {
			errs = append(errs, h.unknownImage(image))
			continue
		}
		for _, name := range names {
			if !h.FS.Exists(name) {
				continue // the layer's own check reports that
			}
			if _, has := image.file(name); !decides && !has {
				continue
			}
			if err := image.same(h.FS, name); err != nil {
				errs = append(errs, err)
			}
		}
		if decides && slices.Contains(names, optionsFile) && h.Pciback != kmod.BuiltIn && !image.Module(h.Module) {
			errs = append(errs, fmt.Errorf("%s does not contain the module %s", image.File, h.Module))
		}
	}
	return errs
}
