package trial

import (
	"context"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Hide is the devices that a trial hides before their drivers have them. They are declared when
// it is confirmed.
type Hide struct {
	Devices []config.Device `json:"devices"`
	Force   bool            `json:"force,omitempty"` // also what dom0 needs
}

// What the initramfs of a trial that hides devices has beside: a file with the name of pciback's
// module, and the module. The declared list is where the program looks for it.
const (
	hideFile      = folder + "/hide"
	pcibackFolder = folder + "/pciback"
)

// hiding returns what the initramfs of a trial needs to hide the devices of a list.
func hiding(ctx context.Context, f sysfs.FS, kernel kmod.Kernel, list []initramfs.Added) ([]initramfs.Added, error) {
	_, name, err := kernel.FirstOf(pciback.ModuleNames()...)
	if err != nil {
		return nil, err
	}
	packed, err := modules(ctx, f, kernel, name, pcibackFolder, NoPciback)
	if err != nil {
		return nil, err
	}
	packed = append(packed, initramfs.Added{Name: hideFile, Mode: 0o644, Content: []byte(name + "\n")})
	return append(packed, list...), nil
}

// Hides reports whether the initramfs that runs is that of a trial that hides devices.
func Hides(f sysfs.FS) bool { return RunningID(f) != "" && f.Exists("/"+hideFile) }

// LoadPciback loads pciback in the initramfs of a trial, with the options that modprobe would give
// it. It does nothing if the kernel has it already.
func LoadPciback(f sysfs.FS) error {
	if !f.Exists("/" + pcibackFolder) {
		return nil // it is built in
	}
	given, err := options(f)
	if err != nil {
		return err
	}
	return load(f, pcibackFolder, given)
}

// options returns the options of pciback in the initramfs of a trial: those of modprobe's settings
// there, and of the kernel's command line.
func options(f sysfs.FS) (string, error) {
	const limit = 64
	name, err := f.Read("/"+hideFile, limit)
	if err != nil {
		return "", err
	}
	line, err := f.CommandLine()
	if err != nil {
		return "", err
	}
	config := modprobe.Read(modprobe.System{Root: f.Root(), CommandLine: line})
	return config.Options(strings.TrimSpace(string(name))).Text, nil
}
