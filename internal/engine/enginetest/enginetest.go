// Package enginetest has engines act on the fake kernel, for tests only. What
// such an engine writes to sysfs the fake kernel answers; xenstored, where one
// runs below the tree, is asked as on a real host.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/parameter"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Ways are the ways to host: its attributes, a hypervisor with an IOMMU, and a
// modprobe that loads the archive's modules with the options of its configuration.
func Ways(host *fakekernel.Host) *engine.Ways {
	return &engine.Ways{
		OpenStore: engine.DialStore,
		OpenAttributes: func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
			return attribute.NewDirect(f, host.Write, timeout), nil
		},
		OpenXen:       func(sysfs.FS) (engine.Hypervisor, error) { return Xen{Root: host.Root}, nil },
		OpenWatchdogs: func(sysfs.FS) (hypervisor.Watchdogs, error) { return Xen{Root: host.Root}, nil },
		Generators:    func(sysfs.FS, *os.File) engine.RunFunc { return nil },
		Run: func(_ context.Context, f sysfs.FS, _ time.Duration, args ...string) error {
			if args[0] != "modprobe" {
				return &program.Error{Args: args, Err: errors.New("not on this host")}
			}
			module := args[len(args)-1]
			if err := host.LoadModule(module, options(f, module)...); err != nil {
				return &program.Error{Args: args, Err: err}
			}
			return nil
		},
	}
}

// options returns the parameters that modprobe gives a module.
func options(f sysfs.FS, module string) (parameters []string) {
	line, _ := f.CommandLine()
	config := modprobe.Read(modprobe.System{Root: f.Root(), CommandLine: line})
	for _, w := range parameter.Split(config.Options(module).Text) {
		text := w.Name
		if w.HasValue {
			text += "=" + w.Value
		}
		parameters = append(parameters, text)
	}
	return parameters
}

// Xen is a hypervisor with an IOMMU, whose quarantine is a directory in the
// tree: a file for each device that it keeps.
type Xen struct {
	Root string
}

func (x Xen) file(a pci.Address) string {
	return filepath.Join(x.Root, ".xen", "quarantine", a.String())
}

// Quarantine keeps the device, as Xen does one that dom0 or it itself has.
func (x Xen) Quarantine(a pci.Address) error {
	if err := os.MkdirAll(filepath.Dir(x.file(a)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(x.file(a), nil, 0o600)
}

// Release gives it back to dom0.
func (x Xen) Release(a pci.Address) error {
	err := os.Remove(x.file(a))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", a, domctl.ErrNotQuarantined)
	}
	return err
}

// Quarantined reports whether Xen keeps the device.
func (x Xen) Quarantined(a pci.Address) bool {
	_, err := os.Stat(x.file(a))
	return err == nil
}

// DomainExists reports whether a guest was started with Start.
func (x Xen) DomainExists(domain uint16) (bool, error) {
	_, err := os.Stat(filepath.Join(x.Root, ".xen", "domain", strconv.Itoa(int(domain))))
	return err == nil || domain == 0, nil
}

// GSI returns the interrupt that the fake kernel's pciback has set up.
func (x Xen) GSI(a pci.Address) (uint32, error) {
	gsi, err := fakekernel.Open(x.Root).GSI(a.String())
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %w", a, domctl.ErrNoGSI, err)
	}
	return gsi, nil
}

// Connect delivers an interrupt to dom0, as Xen does.
func (x Xen) Connect(gsi uint32) error { return fakekernel.Open(x.Root).Connect(gsi) }

// Start makes domain exist.
func (x Xen) Start(domain uint16) error {
	dir := filepath.Join(x.Root, ".xen", "domain")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, strconv.Itoa(int(domain))), nil, 0o600)
}

// watchdog is the file that is there while the watchdog is armed.
func (x Xen) watchdog() string { return filepath.Join(x.Root, ".xen", "watchdog") }

// ArmWatchdog arms the first watchdog.
func (x Xen) ArmWatchdog(time.Duration) (hypervisor.Watchdog, error) {
	if err := os.MkdirAll(filepath.Dir(x.watchdog()), 0o755); err != nil {
		return hypervisor.Watchdog{}, err
	}
	if err := os.WriteFile(x.watchdog(), nil, 0o600); err != nil {
		return hypervisor.Watchdog{}, err
	}
	return hypervisor.ParseWatchdog("1")
}

// DisarmWatchdog disarms it.
func (x Xen) DisarmWatchdog(hypervisor.Watchdog) error {
	err := os.Remove(x.watchdog())
	if errors.Is(err, os.ErrNotExist) {
		return hypervisor.ErrNotArmed
	}
	return err
}

// Close does nothing.
func (x Xen) Close() error { return nil }
