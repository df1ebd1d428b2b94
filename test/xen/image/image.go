// Package image makes what the emulated Xen host boots from: the hypervisor,
// dom0's kernel, and an initramfs that holds dom0's user space and inside it
// the kernel and initramfs of a guest.
//
// All is made from the distribution's packages in a folder of its own, without
// root, mounts or loop devices, and kept until the list of packages or this
// code changes.
package image

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/test/xen/cpio"
	"github.com/xenpci/xenpci/test/xen/packages"
)

// sources is what the stamp of a built image is made of, and the scripts that
// go into it.
//
//go:embed *.go files stuck
var sources embed.FS

// Image is a built image; its fields are the names of files.
type Image struct {
	Hypervisor string // Xen as an ELF file: QEMU does not inflate it
	XenEFI     string // Xen as a program for UEFI
	Kernel     string // dom0's kernel, the guest's too
	Initramfs  string // dom0's user space; more archives may be put behind it
	Guest      string // a guest's user space, as dom0's has it too
	Chains     string // an archive to be put behind it: more programs and modules
	Libvirt    string // an archive to be put behind it: libvirt
	HVM        string // an archive to be put behind it: what HVM guests take
	Stuck      string // an archive to be put behind it: the module of the folder stuck
}

// Paths returns where the image lies below the folder directory, built or not.
func Paths(directory string) Image {
	return Image{
		Hypervisor: filepath.Join(directory, "xen.elf"),
		XenEFI:     filepath.Join(directory, "xen.efi"),
		Kernel:     filepath.Join(directory, "vmlinuz"),
		Initramfs:  filepath.Join(directory, "dom0.cpio"),
		Guest:      filepath.Join(directory, "guest.cpio"),
		Chains:     filepath.Join(directory, "chains.cpio"),
		Libvirt:    filepath.Join(directory, "libvirt.cpio"),
		HVM:        filepath.Join(directory, "hvm.cpio"),
		Stuck:      filepath.Join(directory, "stuck.cpio"),
	}
}

// Release names the suites of Debian that an image is of, such as "trixie". Of the zero
// value it is what this machine's own apt has.
type Release struct {
	Suite  string // of all packages
	Kernel string // of dom0's kernel, if that is of another

	// Tree is a folder that has boot and lib/modules of dom0's kernel, if that is no package.
	Tree string
}

// String returns the names of the suites: "trixie", "trixie+sid"; "" for the zero value.
func (r Release) String() string {
	if r.Kernel == "" {
		return r.Suite
	}
	return r.Suite + "+" + r.Kernel
}

// ParseRelease returns the release of which String returns that name.
func ParseRelease(name string) Release {
	suite, kernel, _ := strings.Cut(name, "+")
	return Release{Suite: suite, Kernel: kernel}
}

// Build returns the image in the folder directory, and makes it when it is not
// there or was made from something else. Several processes may call it at
// once; one builds and the others wait.
func Build(ctx context.Context, directory string, release Release, list packages.List, log io.Writer) (Image, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return Image{}, err
	}
	unlock, err := packages.Lock(filepath.Join(directory, "lock"))
	if err != nil {
		return Image{}, err
	}
	defer unlock()
	image, stampFile := Paths(directory), filepath.Join(directory, "stamp")
	stamp, err := stampOf(release, list)
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
	if err := assemble(ctx, image, work, release, list, log); err != nil {
		return Image{}, fmt.Errorf("image of the Xen host: %w", err)
	}
	return image, os.WriteFile(stampFile, []byte(stamp), 0o644)
}

// assemble fetches the packages into the folder work and writes the image's
// files; without packages for chains, libvirt, HVM guests or modules, no archive of these.
func assemble(ctx context.Context, image Image, work string, release Release, list packages.List, log io.Writer) error {
	tree, chains := filepath.Join(work, "tree"), filepath.Join(work, "chains")
	base, err := source(ctx, release.Suite, filepath.Join(work, "apt"), log)
	if err != nil {
		return err
	}
	wanted, kernel := slices.Concat(list.Kernel, list.Guest), base
	switch {
	case release.Tree != "":
		wanted = list.Guest
		if err := os.CopyFS(tree, os.DirFS(release.Tree)); err != nil {
			return err
		}
	case release.Kernel != "":
		wanted = list.Guest
		if kernel, err = source(ctx, release.Kernel, filepath.Join(work, "apt-kernel"), log); err != nil {
			return err
		}
		if _, err := unpack(ctx, kernel, list.Kernel, nil, filepath.Join(work, "kernel"), tree, log); err != nil {
			return err
		}
	}
	names, err := unpack(ctx, base, wanted, nil, filepath.Join(work, "archives"), tree, log)
	if err != nil {
		return err
	}
	host, err := open(ctx, tree)
	if err != nil {
		return err
	}
	if err := host.write(ctx, image); err != nil {
		return err
	}
	if len(list.Chains) > 0 {
		if _, err := unpack(ctx, base, list.Chains, names, filepath.Join(work, "more"), chains, log); err != nil {
			return err
		}
		if err := host.writeChains(ctx, chains, image.Chains); err != nil {
			return err
		}
	}
	for _, more := range []struct {
		packages     []string
		name, target string
	}{{list.Libvirt, "libvirt", image.Libvirt}, {list.HVM, "hvm", image.HVM}} {
		if len(more.packages) == 0 {
			continue
		}
		tree := filepath.Join(work, more.name)
		if _, err := unpack(ctx, base, more.packages, names, tree+"-archives", tree, log); err != nil {
			return err
		}
		if err := writePrograms(tree, more.target); err != nil {
			return err
		}
	}
	if len(list.Headers) > 0 {
		headers := filepath.Join(work, "headers")
		if _, err := unpack(ctx, kernel, list.Headers, names, filepath.Join(work, "kbuild"), headers, log); err != nil {
			return err
		}
		return host.writeStuck(ctx, headers, filepath.Join(work, "stuck"), image.Stuck)
	}
	return nil
}

// writePrograms makes the archive of packages that are unpacked in a tree.
func writePrograms(tree, target string) error {
	var out bytes.Buffer
	archive := cpio.NewWriter(&out)
	if err := errors.Join(userspace(archive, tree), archive.Close()); err != nil {
		return err
	}
	return os.WriteFile(target, out.Bytes(), 0o644)
}

// source returns where the packages of a suite come from, with lists of them in the folder
// scratch if it is not this machine's own.
func source(ctx context.Context, suite, scratch string, log io.Writer) (packages.Source, error) {
	if suite == "" {
		return packages.Source{}, nil
	}
	return packages.Suite(ctx, suite, scratch, log)
}

// unpack fetches packages and what they need, but for those that are there, into the folder
// archives, unpacks them into tree, and returns their names.
func unpack(ctx context.Context, from packages.Source, entries, there []string, archives, tree string, log io.Writer) ([]string, error) {
	names, err := from.Resolve(ctx, entries, true)
	if err != nil {
		// On a fresh machine apt knows no packages yet.
		if err := from.Update(ctx, log); err != nil {
			return nil, err
		}
		if names, err = from.Resolve(ctx, entries, true); err != nil {
			return nil, err
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(there, name) })
	fmt.Fprintf(log, "unpacking %d packages for the Xen host\n", len(names))
	return names, from.Unpack(ctx, names, archives, tree, log)
}

// stampOf says what an image is made of.
func stampOf(release Release, list packages.List) (string, error) {
	return packages.Stamp(sources, release, filepath.Base(release.Tree), list.Kernel, list.Guest, list.Chains, list.Libvirt, list.HVM, list.Headers)
}
