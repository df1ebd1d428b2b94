// Package image makes what the emulated Xen host boots from: the hypervisor,
// dom0's kernel, and an initramfs that holds dom0's user space and inside it
// the kernel and initramfs of a guest.
//
// All is made from the distribution's packages in a folder of its own, without
// root, mounts or loop devices, and kept until the list of packages or this
// code changes.
package image

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/test/xen/packages"
)

// sources is what the stamp of a built image is made of, and the scripts that
// go into it.
//
//go:embed *.go files
var sources embed.FS

// Image is a built image; its fields are the names of files.
type Image struct {
	Hypervisor string // Xen as an ELF file: QEMU does not inflate it
	Kernel     string // dom0's kernel, the guest's too
	Initramfs  string // dom0's user space; more archives may be put behind it
	Guest      string // a guest's user space, as dom0's has it too
	Chains     string // an archive to be put behind it: more programs and modules
}

// Paths returns where the image lies below the folder directory, built or not.
func Paths(directory string) Image {
	return Image{
		Hypervisor: filepath.Join(directory, "xen.elf"),
		Kernel:     filepath.Join(directory, "vmlinuz"),
		Initramfs:  filepath.Join(directory, "dom0.cpio"),
		Guest:      filepath.Join(directory, "guest.cpio"),
		Chains:     filepath.Join(directory, "chains.cpio"),
	}
}

// Build returns the image in the folder directory, and makes it when it is not
// there or was made from something else. Several processes may call it at
// once; one builds and the others wait.
func Build(ctx context.Context, directory string, list packages.List, log io.Writer) (Image, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return Image{}, err
	}
	unlock, err := lock(filepath.Join(directory, "lock"))
	if err != nil {
		return Image{}, err
	}
	defer unlock()
	image, stampFile := Paths(directory), filepath.Join(directory, "stamp")
	stamp, err := stampOf(list)
	if err != nil {
		return Image{}, err
	}
	if made, err := os.ReadFile(stampFile); err == nil && string(made) == stamp {
		return image, nil
	}
	work := filepath.Join(directory, "work")
	defer os.RemoveAll(work)
	if err := errors.Join(os.RemoveAll(stampFile), os.RemoveAll(work)); err != nil {
		return Image{}, err
	}
	if err := assemble(ctx, image, work, list, log); err != nil {
		return Image{}, fmt.Errorf("image of the Xen host: %w", err)
	}
	return image, os.WriteFile(stampFile, []byte(stamp), 0o644)
}

// assemble fetches the packages into the folder work and writes the image's
// files.
func assemble(ctx context.Context, image Image, work string, list packages.List, log io.Writer) error {
	resolve := func() (base, more []string, err error) {
		base, err = packages.Resolve(ctx, list.Guest, true)
		if err == nil {
			more, err = packages.Resolve(ctx, list.Chains, true)
		}
		return base, more, err
	}
	base, more, err := resolve()
	if err != nil {
		// On a fresh machine apt knows no packages yet.
		if err := packages.Update(ctx, log); err != nil {
			return err
		}
		if base, more, err = resolve(); err != nil {
			return err
		}
	}
	more = slices.DeleteFunc(more, func(name string) bool { return slices.Contains(base, name) })
	fmt.Fprintf(log, "unpacking %d packages for the Xen host\n", len(base)+len(more))
	tree, chains := filepath.Join(work, "tree"), filepath.Join(work, "chains")
	err = errors.Join(
		packages.Unpack(ctx, base, filepath.Join(work, "archives"), tree, log),
		packages.Unpack(ctx, more, filepath.Join(work, "more"), chains, log))
	if err != nil {
		return err
	}
	host, err := open(ctx, tree)
	if err != nil {
		return err
	}
	return errors.Join(host.write(ctx, image), host.writeChains(ctx, chains, image.Chains))
}

// stampOf says what an image is made of.
func stampOf(list packages.List) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, list.Guest, list.Chains)
	err := fs.WalkDir(sources, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := sources.ReadFile(name)
		fmt.Fprintln(sum, name, len(content))
		sum.Write(content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// lock takes a lock that dies with its process.
func lock(name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { file.Close() }, nil
}
