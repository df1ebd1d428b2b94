// Package kmod answers questions about the modules of one kernel from the files
// that depmod and the kernel's build leave below /lib/modules: is a module
// built in, loadable or absent, which modules claim a device, and how was the
// kernel configured. It reads and never loads anything.
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

// moduleDirs hold a folder for each kernel; the second counts where /lib is not
// merged with /usr/lib.
var moduleDirs = [...]string{"/lib/modules", "/usr/lib/modules"}

// maxIndex is the largest index file that is read, in bytes. Debian 12 has
// 1.3 MB of modules.alias, the largest of them.
const maxIndex = 16 << 20

// Kernel is one kernel below a root, by its release. It is a value and may be
// shared between goroutines; every question reads its files anew.
type Kernel struct {
	Release string // "6.1.0-32-amd64"

	fsys sysfs.FS
	dir  string
}

// Running is the kernel that runs, or that ran where the tree below the root
// was captured.
func Running(fsys sysfs.FS) (Kernel, error) {
	release, err := fsys.Release()
	if err != nil {
		return Kernel{}, fmt.Errorf("kernel release: %w", err)
	}
	return New(fsys, release)
}

// New is the kernel of that release, which need not be running and need not
// have any modules.
func New(fsys sysfs.FS, release string) (Kernel, error) {
	if release == "" || release == "." || release == ".." || strings.ContainsAny(release, "/\x00") {
		return Kernel{}, fmt.Errorf("kernel release %q: this is no name of a folder", release)
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

// State says how a kernel has a module.
type State uint8

// The states of a module.
const (
	Absent   State = iota // neither built in nor loadable
	BuiltIn               // part of the kernel: modules.builtin
	Loadable              // a file that modprobe finds: modules.dep
)

// String is the state in the word that reports use.
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

// Module says whether the kernel has the module name; '-' and '_' are the same
// in it. Where the kernel has neither modules.builtin nor modules.dep there is
// no answer, and the error has fs.ErrNotExist in its chain.
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
		return Absent, nil // modules.builtin is as young as Linux 2.6.33
	case builtInErr == nil && errors.Is(loadableErr, fs.ErrNotExist):
		return Absent, nil // a kernel without modules
	}
	if err := errors.Join(builtInErr, loadableErr); err != nil {
		return Absent, fmt.Errorf("module %s of kernel %s: %w", name, k.Release, err)
	}
	return Absent, nil
}

// listed looks for the module in a file whose lines begin with the path of a
// module: "kernel/drivers/xen/xen-pciback/xen-pciback.ko.xz: ...".
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

// moduleName is the name of the module in a file: without folder and from the
// first dot on (".ko", ".ko.xz"), as libkmod does.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".")
	return normal(name)
}

// normal writes '_' for '-': the kernel's own form of a module's name.
func normal(name string) string { return strings.ReplaceAll(name, "-", "_") }
