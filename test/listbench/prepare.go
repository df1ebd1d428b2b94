package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/mounts"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/xen/packages"
)

// Where things are, from the repository's root.
const (
	packagesList = "test/listbench/packages.txt"
	kernelFolder = "build/listbench/kernel"
)

// tmpfs is the folder for the trees: their files must come from memory, as
// those of sysfs do.
const tmpfs = "/dev/shm"

// sizes are the trees, by their number of devices.
var sizes = []int{16, 256, 4096}

// tested is everything that is measured with.
type tested struct {
	folder  string // in tmpfs; holds all that follows
	xenpci  string // programs
	ghw     string
	minimal string
	release string // of the kernel that runs
	modules string // its /lib/modules/RELEASE, made of another kernel's
}

func prepare(ctx context.Context) (b tested, err error) {
	if os.Geteuid() != 0 {
		return b, errors.New("this must be run as root: lspci finds module indexes only where a mount puts them")
	}
	indexes, err := kernel(ctx)
	if err != nil {
		return b, err
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return b, err
	}
	b.release = strings.TrimSpace(string(release))
	if b.folder, err = os.MkdirTemp(tmpfs, "listbench-"); err != nil {
		return b, err
	}
	defer func() {
		if err != nil {
			b.remove()
		}
	}()
	b.modules = filepath.Join(b.folder, "lib/modules")
	if err := copyFiles(indexes, filepath.Join(b.modules, b.release)); err != nil {
		return b, err
	}
	b.xenpci, b.ghw, b.minimal = filepath.Join(b.folder, "xenpci"), filepath.Join(b.folder, "ghw"), filepath.Join(b.folder, "minimal")
	for target, where := range map[string][2]string{
		b.xenpci: {".", "./cmd/xenpci"}, b.ghw: {"test/listbench/ghw", "."}, b.minimal: {".", "./test/listbench/minimal"},
	} {
		if err := build(ctx, target, where[0], where[1]); err != nil {
			return b, err
		}
	}
	ids, err := os.ReadFile("/usr/share/misc/pci.ids")
	if err != nil {
		return b, err
	}
	for _, size := range sizes {
		if err := b.plant(size, ids); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (b tested) remove() {
	mounts.Release(b.scratch())
	_ = os.RemoveAll(b.folder)
}

// root is the tree of so many devices; 0 stands for this machine's own.
func (b tested) root(size int) string {
	if size == 0 {
		return "/"
	}
	return filepath.Join(b.folder, fmt.Sprint(size))
}

// plant makes a tree with names and module indexes.
func (b tested) plant(size int, ids []byte) error {
	root := b.root(size)
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	if err := pcitree.WriteMachine(root, size, ids); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"usr/share/misc/pci.ids": ids, "proc/sys/kernel/osrelease": []byte(b.release + "\n"),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "lib"), 0o755); err != nil {
		return err
	}
	return os.Symlink(b.modules, filepath.Join(root, "lib/modules"))
}

// kernel installs what is missing and returns a folder with a kernel's module
// indexes.
func kernel(ctx context.Context) (string, error) {
	text, err := os.ReadFile(packagesList)
	if err != nil {
		return "", fmt.Errorf("%w: run this from the repository's root, by make bench-list", err)
	}
	list, err := packages.Parse(string(text))
	if err != nil {
		return "", err
	}
	if err := packages.Install(ctx, list.Host, os.Stderr); err != nil {
		return "", err
	}
	pattern := filepath.Join(kernelFolder, "tree/lib/modules/*/modules.alias.bin")
	if found, _ := filepath.Glob(pattern); len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	var own packages.Source
	if err := own.Update(ctx, os.Stderr); err != nil {
		return "", err
	}
	names, err := own.Resolve(ctx, list.Guest, true)
	if err != nil {
		return "", err
	}
	tree := filepath.Join(kernelFolder, "tree")
	if err := own.Unpack(ctx, names, filepath.Join(kernelFolder, "archives"), tree, os.Stderr); err != nil {
		return "", err
	}
	folders, err := filepath.Glob(filepath.Join(tree, "lib/modules/*"))
	if err != nil || len(folders) == 0 {
		return "", fmt.Errorf("no kernel's modules below %s", tree)
	}
	if out, err := exec.CommandContext(ctx, "depmod", "-b", tree, filepath.Base(folders[0])).CombinedOutput(); err != nil {
		return "", fmt.Errorf("depmod: %w: %s", err, out)
	}
	return folders[0], nil
}

// build builds a program as make build does.
func build(ctx context.Context, target, folder, path string) error {
	command := exec.CommandContext(ctx, "go", "build", "-C", folder, "-trimpath", "-ldflags=-s -w", "-o", target, path)
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", path, err, out)
	}
	return nil
}

func copyFiles(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(from, "modules.*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
