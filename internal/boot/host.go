package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// How long programs of the system may take. Making an initramfs can take minutes
// on a slow machine, and update-grub searches every disk.
const (
	shortCommand  = time.Minute
	longCommand   = 10 * time.Minute
	imageDeadline = 30 * time.Minute
)

// Host is what determines how this machine boots. Goroutines may not share it.
type Host struct {
	FS      sysfs.FS
	Program string     // the path of xenpci, for scripts
	Release string     // of the running kernel
	Pciback kmod.State // what that kernel has of pciback
	Module  string     // the name of its module, even where it is absent: "xen-pciback"
	Init    initscript.Init
	Loader  Loader
	Image   Image
	Config  *modprobe.Config // modprobe's configuration as it is now

	// InstallLines has the layer modprobe write install lines in place of softdep
	// lines, where they take effect. Look sets it if the layer does so now.
	InstallLines bool

	// Run runs a program of the system. It is nil where none can run: below a root
	// that is not this machine's.
	Run func(ctx context.Context, wait time.Duration, args ...string) error

	// Ask runs a program of the system that only reads, and returns its output. It is nil
	// where Run is.
	Ask func(ctx context.Context, wait time.Duration, args ...string) (output string, err error)

	planned *change.Plan // see After
	kernel  kmod.Kernel
	kernels []installed
	read    map[string]Image // by the kernel's release; emptied when a program runs
}

// After returns the host for planning one more edit of words that is carried out together with a
// plan: PlanWords then sees the files as the plan makes them.
func (h *Host) After(p *change.Plan) *Host {
	after := *h
	after.planned = p
	return &after
}

// view is how PlanWords sees the files.
func (h *Host) view() change.View {
	if h.planned == nil {
		return change.Now(h.FS)
	}
	return h.planned.View(h.FS)
}

// Look finds out how the machine below f boots. What cannot be found out is in
// notes, and is treated as absent.
func Look(ctx context.Context, f sysfs.FS) (h *Host, notes []string) {
	h, notes = lookAtSettings(f)
	if h.Release != "" {
		image, err := h.readImage(ctx, h.Release)
		if h.Image = image; err != nil {
			notes = append(notes, err.Error())
		}
	}
	h.kernels = h.findKernels(ctx)
	return h, notes
}

// EnabledNow returns the layers that hide devices of which something is there, and whether
// the daemon is enabled, as Enabled and DaemonEnabled do, without the time that reading
// the initramfs images takes.
func EnabledNow(f sysfs.FS) (layers []Name, daemon bool, err error) {
	h, _ := lookAtSettings(f)
	layers, err = Enabled(h, nil)
	daemon, daemonErr := DaemonEnabled(h)
	return layers, daemon, errors.Join(err, daemonErr)
}

// lookAtSettings reads all but images.
func lookAtSettings(f sysfs.FS) (h *Host, notes []string) {
	h = &Host{FS: f, Program: brand.Program, Init: initscript.Detect(f.Root()), Module: pciback.ModuleName}
	note := func(err error) {
		if err != nil {
			notes = append(notes, err.Error())
		}
	}
	kernel, err := kmod.Running(f)
	note(err)
	if err == nil {
		h.kernel, h.Release = kernel, kernel.Release
		if h.Pciback, h.Module, err = kernel.FirstOf(pciback.ModuleNames()...); err != nil {
			note(fmt.Errorf("it is not known if this kernel has pciback, nor which drivers it has: %w; install the package with the modules of %s", firstOf(err), h.Release))
		}
	}
	h.Config = h.modprobeConfig()
	for _, err := range h.Config.Unread {
		note(err)
	}
	h.InstallLines = slices.ContainsFunc(h.Config.Lines(modprobe.Install), func(l modprobe.Found) bool { return h.ownLine(l.Where) })
	h.Loader, err = FindLoader(f)
	note(err)
	return h, notes
}

// firstOf returns the first of several joined errors, since a note is one line.
func firstOf(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && len(joined.Unwrap()) > 0 {
		return joined.Unwrap()[0]
	}
	return err
}

// modprobeConfig reads modprobe's configuration, without the running kernel's
// command line, which says nothing about the next boot.
func (h *Host) modprobeConfig() *modprobe.Config {
	root := h.FS.Root()
	return modprobe.Read(modprobe.System{Root: root, Release: h.Release, Old: modprobe.OldTools(root)})
}

// CommandLine returns the command line of the running kernel.
func (h *Host) CommandLine() string {
	return commandLine(h.FS)
}

func commandLine(f sysfs.FS) string {
	text, _ := f.CommandLine()
	return text
}

// Recovery returns the argument of the running kernel that makes this a recovery
// boot. The layers hide nothing in one, except those that cannot know.
func Recovery(f sysfs.FS) (word string, found bool) {
	return grub.ParseCommandLine(commandLine(f)).Recovery()
}

// earlyService reports whether this machine's init system can start a service before
// udev loads drivers. Red Hat's runlevels have no such stage.
func (h *Host) earlyService() bool {
	switch h.Init.Kind {
	case initscript.Systemd, initscript.OpenRC:
		return true
	case initscript.SysV:
		return h.FS.Exists("/etc/rcS.d")
	}
	return false
}
