// Package setup brings the emulated Xen host's parts together in the build
// folder: packages, image, and xenpci as it is in this checkout.
package setup

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/xen/image"
	"github.com/xenpci/xenpci/test/xen/kernel"
	"github.com/xenpci/xenpci/test/xen/packages"
)

// Setup is a checkout and what was built from it.
type Setup struct {
	Root   string // the checkout
	Folder string // build/xen in it
	Image  image.Image

	list packages.List
}

// Prepare installs the packages that are missing, which takes root, and makes
// the image unless it is there.
func Prepare(ctx context.Context, log io.Writer) (Setup, error) {
	s, err := Checkout(ctx, "build/xen")
	if err != nil {
		return Setup{}, err
	}
	if s.list, err = s.Packages(ctx, "test/xen/packages.txt", log); err != nil {
		return Setup{}, err
	}
	plain := s.list
	plain.Chains, plain.Libvirt, plain.HVM, plain.Headers = nil, nil, nil, nil
	s.Image, err = image.Build(ctx, s.Folder, image.Release{}, plain, log)
	return s, err
}

// Chosen returns the release that make xen-test and make xen-shell boot with SUITE=trixie: of Xen, and
// behind a "+" of the kernel if that is of another.
func Chosen() image.Release { return image.ParseRelease(os.Getenv("XENPCI_SUITE")) }

// Parts are the archives of an image that not every machine takes.
type Parts struct {
	Chains  bool // programs and modules of which disks and networks are put together
	Libvirt bool // another toolstack
	HVM     bool // what emulates the machine of an HVM guest
	Stuck   bool // the module that hangs in remove()
}

// Of returns the image of a release with those parts, and makes it unless it is there.
func (s Setup) Of(ctx context.Context, release image.Release, parts Parts, log io.Writer) (image.Image, error) {
	if release == (image.Release{}) && parts == (Parts{}) {
		return s.Image, nil
	}
	list, name := s.list, cmp.Or(release.String(), "own")
	for _, part := range []struct {
		wanted   bool
		name     string
		packages *[]string
	}{{parts.Chains, "-chains", &list.Chains}, {parts.Libvirt, "-libvirt", &list.Libvirt}, {parts.HVM, "-hvm", &list.HVM}, {parts.Stuck, "-stuck", &list.Headers}} {
		if part.wanted {
			name += part.name
		} else {
			*part.packages = nil
		}
	}
	if release.Kernel == kernel.BuiltIn {
		var err error
		if release.Tree, err = kernel.Build(ctx, filepath.Join(s.Folder, "kernel"), release.Suite, log); err != nil {
			return image.Image{}, err
		}
	}
	return image.Build(ctx, filepath.Join(s.Folder, name), release, list, log)
}

// Checkout returns the checkout, and the folder in it that is to be built in,
// with a folder for logs.
func Checkout(ctx context.Context, folder string) (Setup, error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return Setup{}, fmt.Errorf("go env GOMOD: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(module)))
	s := Setup{Root: root, Folder: filepath.Join(root, folder)}
	return s, os.MkdirAll(filepath.Join(s.Folder, "logs"), 0o755)
}

// Packages reads one of the checkout's lists of packages, and installs what is
// missing for it on this machine.
func (s Setup) Packages(ctx context.Context, name string, log io.Writer) (packages.List, error) {
	text, err := os.ReadFile(filepath.Join(s.Root, name))
	if err != nil {
		return packages.List{}, err
	}
	list, err := packages.Parse(string(text))
	if err != nil {
		return packages.List{}, fmt.Errorf("%s: %w", name, err)
	}
	return list, packages.Install(ctx, list.Host, log)
}

// Log returns the name of a log file of the boot name.
func (s Setup) Log(name string) string {
	return filepath.Join(s.Folder, "logs", strings.ReplaceAll(name, "/", "-"))
}

// Program builds a command of this checkout as a static program, and returns
// its file.
func (s Setup) Program(ctx context.Context, path string) (string, error) {
	target := filepath.Join(s.Folder, "bin", filepath.Base(path))
	return target, s.compile(ctx, ".", "build", "-trimpath", "-ldflags=-s -w", "-o", target, "./"+path)
}

// Example builds the program of an example, which is a module of its own, as a
// static program, and returns its file.
func (s Setup) Example(ctx context.Context, name string) (string, error) {
	target := filepath.Join(s.Folder, "bin", name)
	return target, s.compile(ctx, filepath.Join("examples", name), "build", "-trimpath", "-ldflags=-s -w", "-o", target, ".")
}

// Test builds a package's tests as a static program, and returns its file.
func (s Setup) Test(ctx context.Context, path string) (string, error) {
	target := filepath.Join(s.Folder, "bin", strings.ReplaceAll(path, "/", "-")+".test")
	return target, s.compile(ctx, ".", "test", "-c", "-tags=xen", "-trimpath", "-ldflags=-s -w", "-o", target, "./"+path)
}

// compile runs the go command in a folder of the checkout.
func (s Setup) compile(ctx context.Context, folder string, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = filepath.Join(s.Root, folder)
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
