// Package kernel compiles the kernel of the emulated Xen host that has pciback
// built in. Debian's kernels have it as a module.
//
// The sources are Debian's, and the configuration is as small as the tests
// allow, so that it takes minutes.
package kernel

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/xen/packages"
)

// sources is what a built kernel depends on.
//
//go:embed *.go builtin.config packages.txt
var sources embed.FS

// BuiltIn is the kernel's name among those of the suites.
const BuiltIn = "builtin"

// Build returns a folder below directory with the kernel, its configuration and its
// modules, in the places that a package has them in: boot and lib/modules. It compiles
// the sources of a suite of Debian unless that was done before, which installs what is
// missing on this machine and so takes root. Several processes may call it at once; one
// builds and the others wait.
func Build(ctx context.Context, directory, suite string, log io.Writer) (string, error) {
	stamp, err := stampOf(suite)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return "", err
	}
	unlock, err := packages.Lock(filepath.Join(directory, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	target := filepath.Join(directory, stamp)
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	work := filepath.Join(directory, "work")
	defer os.RemoveAll(work)
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(work, 0o755)); err != nil {
		return "", err
	}
	tree := filepath.Join(work, "tree")
	if err := build(ctx, suite, work, tree, log); err != nil {
		return "", fmt.Errorf("kernel of the Xen host: %w", err)
	}
	// Half a kernel is none.
	return target, os.Rename(tree, target)
}

// build fetches the sources into the folder work, compiles them, and installs the kernel
// in the folder tree.
func build(ctx context.Context, suite, work, tree string, log io.Writer) error {
	text, err := sources.ReadFile("packages.txt")
	if err != nil {
		return err
	}
	list, err := packages.Parse(string(text))
	if err != nil {
		return err
	}
	if err := packages.Install(ctx, list.Host, log); err != nil {
		return err
	}
	archive, err := fetch(ctx, suite, list.Kernel, work, log)
	if err != nil {
		return err
	}
	c := compilation{source: filepath.Join(work, "source"), objects: filepath.Join(work, "objects"), log: log}
	if err := c.unpack(ctx, archive); err != nil {
		return err
	}
	options, err := sources.ReadFile("builtin.config")
	if err != nil {
		return err
	}
	if err := c.configure(ctx, string(options)); err != nil {
		return err
	}
	return c.install(ctx, tree)
}

// fetch downloads the package of the sources and returns the archive in it.
func fetch(ctx context.Context, suite string, entries []string, work string, log io.Writer) (string, error) {
	from, err := packages.Suite(ctx, suite, filepath.Join(work, "apt"), log)
	if err != nil {
		return "", err
	}
	names, err := from.Resolve(ctx, entries, false)
	if err != nil {
		return "", err
	}
	unpacked := filepath.Join(work, "package")
	if err := from.Unpack(ctx, names, filepath.Join(work, "archives"), unpacked, log); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(unpacked, "usr/src/linux-source-*.tar.xz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%s has %d archives of sources", strings.Join(names, ", "), len(found))
	}
	return found[0], nil
}

// stampOf says what a kernel is made of.
func stampOf(suite string) (string, error) {
	const shown = 12
	stamp, err := packages.Stamp(sources, suite)
	if err != nil {
		return "", err
	}
	return stamp[:shown], nil
}
