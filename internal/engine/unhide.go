package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Unhide gives the devices back to dom0, side by side, whoever hid them. A
// device that a running guest has is left alone: its error is a
// *plan.InUseError. Results and error are as for Hide.
func (e *Engine) Unhide(ctx context.Context, devices []pci.Address, how plan.UnhideOptions, o Options) ([]Result, error) {
	forUnhide := func(f plan.Facts) (plan.Action, error) { return plan.ForUnhide(f, how) }
	if o.DryRun {
		return e.preview(ctx, devices, forUnhide)
	}
	s, err := e.begin(ctx, e.Timeout)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.run(ctx, devices, forUnhide)
}

// unhide carries out the plan for one device. The quarantine ends before the
// driver binds: a device that Xen still keeps binds, and then does no DMA.
func (s *session) unhide(ctx context.Context, a plan.Action) error {
	released := false
	if a.Release {
		switch err := s.release(ctx, a.Device); {
		case err == nil:
			released = true
		case !errors.Is(err, errNotQuarantined):
			return err
		}
	}
	if a.Load != "" {
		s.loadDriver(ctx, a)
	}
	if a.Moves() {
		s.progress(a.Device, "moving from "+driverWord(a.Origin.Driver)+" to "+targetWord(a.Target.Driver))
		if err := s.pciback.MoveFrom(ctx, a.Device, a.Origin, a.Target); err != nil {
			return s.undoUnhide(ctx, a, released, err)
		}
	}
	if err := s.dropOrigin(a.Device); err != nil {
		s.warn(fmt.Sprintf("%s: it is back, but its note remains: %v", a.Device, err))
	}
	if a.Forget {
		if err := s.forget(ctx, a.Device); err != nil {
			s.warn(fmt.Sprintf("%s: it is back, but xl's notes remain: %v", a.Device, err))
		}
	}
	return nil
}

// undoUnhide puts a device that pciback has again into the quarantine that it
// was taken from.
func (s *session) undoUnhide(ctx context.Context, a plan.Action, released bool, cause error) error {
	if !released || !a.Origin.Hidden() || stranded(cause) {
		return cause
	}
	if err := s.quarantine(context.WithoutCancel(ctx), a.Device); err != nil {
		return errors.Join(cause, err)
	}
	return cause
}

// loadDriver loads the module of the device's own driver, where that driver is
// not there. That it cannot be loaded shows when the device is moved.
func (s *session) loadDriver(ctx context.Context, a plan.Action) {
	driver := a.Target.Driver
	if driver != pciback.AnyDriver && s.FS.Exists("/sys/bus/pci/drivers/"+driver) {
		return
	}
	s.progress(a.Device, "loading the module of its driver")
	// -b: what the administrator blacklisted stays out, as it does for udev.
	if err := s.Program(ctx, s.Timeout, "modprobe", "-b", "-q", a.Load); err != nil {
		s.progress(a.Device, "no module was loaded: "+err.Error())
	}
}

// forget removes what xl was told of a device, and our own note.
func (s *session) forget(ctx context.Context, a pci.Address) error {
	if err := s.dropOrigin(a); err != nil {
		return err
	}
	if s.store == nil {
		return nil
	}
	if err := s.store.Remove(ctx, plan.Node(a)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("xenstore: %w", err)
	}
	return nil
}

func targetWord(driver string) string {
	if driver == pciback.AnyDriver {
		return "the driver that matches"
	}
	return driverWord(driver)
}
