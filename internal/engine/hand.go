package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xenpci/xenpci/internal/kernellog"
	"github.com/xenpci/xenpci/internal/kernelname"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// setUpTime bounds how long a driver may take to set a device up after it was bound. A
// driver that probes asynchronously (nvme, iwlwifi) is bound first, and lets go of the device
// if that fails.
const (
	setUpTime = 10 * time.Second
	setUpPoll = 20 * time.Millisecond
)

// goneTime bounds how long a device is watched that its driver has let go of: the driver of one that
// is pulled out lets go first, and the kernel removes the device when that has ended.
const goneTime = time.Second

// hand moves the device to a driver of dom0, and waits until that driver has set it up. It
// warns if the driver gives the device up, and if the kernel may choose the driver and says why
// none took the device: in both cases the device is in dom0 without a driver. nvme gives up after
// it was bound on Linux 6.1, and before it is bound on Linux 6.12 (measured).
func (s *session) hand(ctx context.Context, a plan.Action, now, to pciback.State) (pciback.State, error) {
	said := kernellog.Listen(s.FS)
	defer said.Close()
	back, err := s.pciback.MoveOn(ctx, a.Device, a.Origin, now, to)
	// Where the former driver was asked before, the device does not stay in dom0, and the error of
	// that driver is returned.
	if err == nil && back.Driver == "" && a.Target.Driver == pciback.AnyDriver {
		if lines := said.About(a.Device); len(lines) > 0 {
			s.warnOf(a.Device, ProbeFailed, "it is in dom0 without a driver; none took it: "+strings.Join(lines, "; "), again(a.Device))
		}
	}
	if err != nil || back.Driver == "" || back.Driver == a.Origin.Driver {
		return back, err
	}
	kept := s.setUp(ctx, a.Device, back.Driver)
	// It may have been pulled out meanwhile, or moved by another program.
	read, err := s.afterSetUp(ctx, a.Device)
	switch gone := (*pciback.NoDeviceError)(nil); {
	case errors.As(err, &gone):
		return pciback.State{}, &pciback.MoveError{Device: a.Device, Err: errors.New("bound to " + back.Driver), Gone: true}
	case err != nil && kept:
		return back, nil
	case err == nil && read.Hidden():
		return read, &pciback.MoveError{Device: a.Device, Err: errors.New("bound to " + back.Driver + ", and then another program hid it"), Back: read}
	case err != nil || read.Driver != "":
		return read, err
	}
	s.warnOf(a.Device, GaveUp, "it is in dom0 without a driver: "+gaveUp(back.Driver, said.About(a.Device)), again(a.Device))
	return read, nil
}

// gaveUp is what became of a driver, and what the kernel said of it.
func gaveUp(driver string, said []string) string {
	text := driver + " was bound, and gave it up"
	if len(said) > 0 {
		text += ": " + strings.Join(said, "; ")
	}
	return text
}

// afterSetUp reads the state of a device that a driver was to set up. Of one without a driver it
// waits a moment, for it may be on its way out.
func (s *session) afterSetUp(ctx context.Context, a pci.Address) (pciback.State, error) {
	for end := time.Now().Add(goneTime); ; {
		read, err := s.pciback.State(ctx, a)
		if err != nil || read.Driver != "" || time.Now().After(end) {
			return read, err
		}
		select {
		case <-ctx.Done():
			return read, nil
		case <-time.After(setUpPoll):
		}
	}
}

// returned waits until the driver to which a failed move has returned its device has set it up. If
// the driver gives the device up, the error says that it could not be returned.
func (s *session) returned(ctx context.Context, a pci.Address, said kernellog.Listener, err error) error {
	var failed *pciback.MoveError
	if !errors.As(err, &failed) || failed.Stranded() || failed.Gone || failed.Back.Driver == "" || failed.Back.Hidden() {
		return err
	}
	if !s.setUp(ctx, a, failed.Back.Driver) {
		failed.BackErr = errors.New(gaveUp(failed.Back.Driver, said.About(a)))
	}
	return err
}

// again is what can be done about a device that no driver of dom0 has set up.
func again(a pci.Address) string {
	return "'xenpci unhide " + a.String() + "' has a driver try again; if its state is broken, a power cycle may help"
}

// setUp waits until the driver has set the device up, and reports whether it still has it. A
// driver that takes too long costs a warning.
func (s *session) setUp(ctx context.Context, a pci.Address, driver string) bool {
	most := min(setUpTime, s.Timeout)
	controlled := driver == "nvme"
	for end, waited := time.Now().Add(most), false; ; waited = true {
		now, err := pci.Driver(s.FS.Root(), a)
		controllers := s.nvme(a)
		controlled = controlled || len(controllers) > 0
		missing := s.missing(a, driver, controllers)
		if controlled && len(controllers) == 0 { // it has not come so far, or goes away before the driver does
			missing = "it has no controller"
		}
		switch {
		case err != nil: // it was pulled out, or cannot be read: the next read tells
			return true
		case now == "":
			return false
		case missing == "", now != driver:
			return true
		case time.Now().After(end):
			s.warnOf(a, NotSetUp, fmt.Sprintf("bound to %s, and after %s %s", driver, most, missing), "the kernel's log may tell why")
			return true
		case !waited:
			s.progress(a, "waiting until "+driver+" has set it up")
		}
		select {
		case <-ctx.Done():
			return true
		case <-time.After(setUpPoll):
		}
	}
}

// missing returns what a driver still has to make of a device, which has these NVMe controllers;
// "" for nothing that is known.
func (s *session) missing(a pci.Address, driver string, controllers []string) string {
	for _, controller := range controllers {
		if unready := s.unready(nvmeDir(a) + "/" + controller); unready != "" {
			return controller + " " + unready
		}
	}
	if s.Had == nil || reserves(driver) || !s.Had(a) {
		return ""
	}
	parts := append(kernelname.Interfaces(s.FS), kernelname.Disks(s.FS)...)
	if slices.ContainsFunc(parts, func(p kernelname.Part) bool { return p.Device == a }) {
		return ""
	}
	return "it has no interface and no disk, as it had before"
}

// unready returns what an NVMe controller, a directory of the kind /sys/class/nvme/nvme0, still
// lacks to be used; "" for nothing.
func (s *session) unready(controller string) string {
	// new, connecting, live, deleting, dead. Old kernels have no such file.
	state, err := s.FS.Attribute(controller + "/state")
	if err == nil && state != "live" {
		return "is " + state + ", and not live"
	}
	// When a device goes away, the kernel removes dev, then state and the other files, then the
	// directory (device_del in drivers/base/core.c).
	if _, gone := s.FS.Attribute(controller + "/dev"); err != nil && gone != nil {
		return "goes away"
	}
	return ""
}

// reserves reports whether a driver only holds devices for others, and makes nothing of them.
func reserves(driver string) bool {
	return slices.Contains([]string{"vfio-pci", "pci-stub", "uio_pci_generic", "igb_uio"}, driver)
}

func nvmeDir(a pci.Address) string { return "/sys/bus/pci/devices/" + a.String() + "/nvme" }

// nvme returns the names of the NVMe controllers of a device.
func (s *session) nvme(a pci.Address) []string {
	names, err := s.FS.List(nvmeDir(a))
	if err != nil {
		return nil
	}
	return names
}
