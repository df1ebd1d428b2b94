// Package kmod reads the files that depmod and the kernel's build install below
// /lib/modules. It finds out whether a module is built in, loadable or absent,
// which modules claim a device, and how the kernel is configured. It never loads a
// module.
package kmod

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// moduleDirs have a folder for each kernel. The second matters on systems where
// /lib is not a link to /usr/lib.
var moduleDirs = [...]string{"/lib/modules", "/usr/lib/modules"}

// maxIndex is the size of the largest index file that is read, in bytes. Debian
// 12's largest is modules.alias with 1.3 MB.
const maxIndex = 16 << 20

// Kernel is a kernel below a root. It is a value and may be shared between
// goroutines. Each method reads the files again.
type Kernel struct {
	Release string // "6.1.0-32-amd64"

	fsys sysfs.FS
	dir  string
}

// Running returns the running kernel, by /proc/sys/kernel/osrelease. For a captured
// tree that is the kernel that ran when it was captured.
func Running(fsys sysfs.FS) (Kernel, error) {
	release, err := fsys.Release()
	if err != nil {
		return Kernel{}, fmt.Errorf("kernel release: %w", fsys.Proc(err))
	}
	return New(fsys, release)
}

// New returns the kernel of a release. It need not be running, nor have modules.
func New(fsys sysfs.FS, release string) (Kernel, error) {
	if release == "" || release == "." || release == ".." || strings.ContainsAny(release, "/\x00") {
		return Kernel{}, fmt.Errorf("kernel release %q: not a valid folder name", release)
	}
	k := Kernel{Release: release, fsys: fsys, dir: moduleDirs[0] + "/" + release}
	for _, dir := range moduleDirs {
		if fsys.Exists(dir + "/" + release) {
			k.dir = dir + "/" + release
			break
		}
	}
	return k, nil
}

// State is how a kernel provides a module.
type State uint8

// The states of a module.
const (
	Absent   State = iota // neither built in nor loadable
	BuiltIn               // part of the kernel: modules.builtin
	Loadable              // a file listed in modules.dep
)

// String returns "absent", "built in" or "loadable".
func (s State) String() string {
	switch s {
	case BuiltIn:
		return "built in"
	case Loadable:
		return "loadable"
	default:
		return "absent"
	}
}

// Module returns how the kernel provides the module name, in which '-' and '_' are
// equal. If the kernel has neither modules.builtin nor modules.dep, the state is
// unknown, and the error has fs.ErrNotExist in its chain.
func (k Kernel) Module(name string) (State, error) {
	builtIn, builtInErr := k.listed("modules.builtin", name)
	if builtIn {
		return BuiltIn, nil
	}
	loadable, loadableErr := k.listed("modules.dep", name)
	switch {
	case loadable:
		return Loadable, nil
	case loadableErr == nil && errors.Is(builtInErr, fs.ErrNotExist):
		return Absent, nil // modules.builtin exists since Linux 2.6.33
	case builtInErr == nil && errors.Is(loadableErr, fs.ErrNotExist):
		return Absent, nil // a kernel without modules
	}
	if err := errors.Join(builtInErr, loadableErr); err != nil {
		return Absent, fmt.Errorf("module %s of kernel %s: %w", name, k.Release, err)
	}
	return Absent, nil
}

// FirstOf returns how the kernel provides the first of these modules that it has, and its
// name; of those that it does not have, it returns the first. The error is that of Module.
func (k Kernel) FirstOf(names ...string) (State, string, error) {
	for _, name := range names {
		state, err := k.Module(name)
		if err != nil {
			return Absent, names[0], err // the answer for the other names would be the same
		}
		if state != Absent {
			return state, name, nil
		}
	}
	return Absent, names[0], nil
}

// listed reports whether a file has a line for the module. Its lines begin with the
// path of a module: "kernel/drivers/xen/xen-pciback/xen-pciback.ko.xz: ...".
func (k Kernel) listed(file, name string) (bool, error) {
	text, err := k.fsys.Read(k.dir+"/"+file, maxIndex)
	if err != nil {
		return false, err
	}
	name = normal(name)
	for line := range bytes.Lines(text) {
		module, _, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(":"))
		if moduleName(string(module)) == name {
			return true, nil
		}
	}
	return false, nil
}

// moduleName returns the name of the module in a file: the base name up to its
// first dot (".ko", ".ko.xz"), as in libkmod.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".")
	return normal(name)
}

// normal replaces '-' with '_', as in the kernel's form of a module's name.
func normal(name string) string { return strings.ReplaceAll(name, "-", "_") }

// OfImage returns the kernel in a file that a boot loader loads, "/boot/vmlinuz-6.1.0-32-amd64",
// by the end of its name. ok is false if no kernel of that release has modules.
func OfImage(fsys sysfs.FS, file string) (k Kernel, ok bool) {
	for _, dir := range moduleDirs {
		releases, _ := fsys.List(dir)
		for _, release := range releases {
			if strings.HasSuffix(path.Base(file), "-"+release) && len(release) > len(k.Release) {
				k, ok = Kernel{Release: release, fsys: fsys, dir: dir + "/" + release}, true
			}
		}
	}
	return k, ok
}
