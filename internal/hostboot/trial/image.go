package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	shipped "github.com/xenpci/xenpci/initramfs"
	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// What the initramfs of a trial has beside the files of the image that it is made from.
const (
	folder       = "xenpci"
	armFile      = folder + "/arm"
	programFile  = folder + "/xenpci"
	moduleFolder = folder + "/modules"
	minutesFile  = folder + "/minutes"
	unitFile     = folder + "/xenpci-trial.service" // where systemd is the init
)

// privcmd is the module through which processes make hypercalls.
const privcmd = "xen-privcmd"

// orderFile has the order in which initramfs-tools runs its first scripts.
const orderFile = "scripts/init-top/ORDER"

// Bounds, in bytes.
const (
	maxProgram = 64 << 20
	maxModule  = 16 << 20
	spareRoom  = 16 << 20 // that stays free beside the image
)

// added returns what makes an image that of a trial, and the archive of it: the program, the script that
// arms the watchdog, what runs it before anything else, and the module for hypercalls.
func added(ctx context.Context, h *boot.Host, image string, kernel kmod.Kernel, r Request) (files []initramfs.Added, archive []byte, err error) {
	f := h.FS
	content, err := initramfs.Read(ctx, f, image)
	if err != nil {
		return nil, nil, err
	}
	starts, err := starter(image, content)
	if err != nil {
		return nil, nil, err
	}
	binary, err := f.Read(h.Program, maxProgram)
	if err != nil {
		return nil, nil, err
	}
	more, err := modules(ctx, f, kernel, privcmd, moduleFolder, NoHypercalls)
	if err != nil {
		return nil, nil, err
	}
	if r.Hide != nil {
		hiding, err := hiding(ctx, f, kernel, r.List)
		if err != nil {
			return nil, nil, err
		}
		more = append(more, hiding...)
	}
	files = []initramfs.Added{
		{Name: armFile, Mode: 0o755, Content: []byte(shipped.Arm)},
		{Name: programFile, Mode: 0o755, Content: binary},
		{Name: minutesFile, Mode: 0o644, Content: []byte(strconv.Itoa(r.Minutes) + "\n")},
	}
	if h.Init.Kind == initscript.Systemd {
		unit, err := shipped.TrialUnit(h.Program)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, initramfs.Added{Name: unitFile, Mode: 0o644, Content: []byte(unit)})
	}
	files = slices.Concat(files, more, []initramfs.Added{starts})
	archive, _, err = content.Archive(files)
	if place := (*initramfs.PlaceError)(nil); errors.As(err, &place) {
		return nil, nil, refused(OtherImage, "", "%s: nothing can be added to it: %s", image, place.Why)
	}
	return files, archive, err
}

// starter returns the file by which the initramfs runs the script before anything else.
func starter(image string, content *initramfs.Image) (initramfs.Added, error) {
	maker, _ := content.Maker()
	switch maker.Tool {
	case initramfs.InitramfsTools:
		order, ok := content.File(orderFile)
		if entry, _ := content.Entry(orderFile); !ok || entry.Name != orderFile {
			return initramfs.Added{}, refused(OtherImage, "", "%s has no %s", image, orderFile)
		}
		return initramfs.Added{Name: orderFile, Mode: 0o644, Content: append([]byte("/"+armFile+" \"$@\"\n"), order...)}, nil
	case initramfs.Dracut:
		hooks, _ := content.Entry("lib/dracut/hooks/cmdline")
		if !hooks.Mode.IsDir() {
			return initramfs.Added{}, refused(OtherImage, "", "%s has no folder for dracut's hooks", image)
		}
		return initramfs.Added{Name: hooks.Name + "/00-xenpci-trial.sh", Mode: 0o755, Content: []byte("#!/bin/sh\n/" + armFile + "\n:\n")}, nil
	}
	what := "an unknown program"
	if maker.Tool != "" {
		what = string(maker.Tool)
	}
	return initramfs.Added{}, refused(OtherImage, "", "%s was made by %s; a trial needs one of initramfs-tools or dracut", image, what)
}

// modules returns the files of a module and of those that it needs, for a folder of the initramfs;
// none if the kernel has it built in. The names have their order. absent is why there is no trial if
// the kernel does not have it.
func modules(ctx context.Context, f sysfs.FS, kernel kmod.Kernel, name, folder string, absent Why) ([]initramfs.Added, error) {
	state, err := kernel.Module(name)
	switch {
	case err != nil:
		return nil, err
	case state == kmod.BuiltIn:
		return nil, nil
	case state == kmod.Absent:
		return nil, refused(absent, "", "the kernel %s does not have the module %s", kernel.Release, name)
	}
	files, err := kernel.LoadOrder(name)
	if err != nil {
		return nil, err
	}
	var packed []initramfs.Added
	for i, file := range files {
		content, err := unpacked(ctx, f, file)
		if err != nil {
			return nil, err
		}
		packed = append(packed, initramfs.Added{Name: fmt.Sprintf("%s/%02d.ko", folder, i), Mode: 0o644, Content: content})
	}
	return packed, nil
}

// unpacked returns the content of a module, which may be compressed.
func unpacked(ctx context.Context, f sysfs.FS, file string) ([]byte, error) {
	content, err := f.Read(file, maxModule)
	if err != nil {
		return nil, err
	}
	out, err := initramfs.Unpack(ctx, bytes.NewReader(content))
	if errors.Is(err, initramfs.ErrMethod) {
		return content, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	content, err = io.ReadAll(io.LimitReader(out, maxModule+1))
	if err == nil && len(content) > maxModule {
		err = errors.New("larger than a module is")
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return content, nil
}

// room returns an error unless there is room for an image beside the one that it is made from.
func room(f sysfs.FS, folder, image string, added int) error {
	size, err := f.Size(image)
	if err != nil {
		return err
	}
	free, err := f.Free(folder)
	if err != nil {
		return err
	}
	if need := size + uint64(added) + spareRoom; free < need {
		return refused(NoRoom, "remove a kernel that is not used", "%s has room for %d MiB, and the initramfs of the trial needs %d MiB", folder, free>>20, need>>20)
	}
	return nil
}

// imageReadBack returns an error unless an image has the files that were added to it.
func imageReadBack(ctx context.Context, f sysfs.FS, image string, files []initramfs.Added) error {
	content, err := initramfs.Read(ctx, f, image)
	if err != nil {
		return err
	}
	for _, file := range files {
		if entry, ok := content.Entry(file.Name); !ok || entry.Size != int64(len(file.Content)) {
			return fmt.Errorf("%s does not have %s as it was written", image, file.Name)
		}
	}
	return nil
}
