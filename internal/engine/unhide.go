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

// Unhide gives the devices back to dom0, side by side, whichever tool hid them. A
// device that a running guest has is left alone: its error is a
// *plan.InUseError. Results and error are as for Hide.
func (e *Engine) Unhide(ctx context.Context, devices []pci.Address, how plan.UnhideOptions, o Options) ([]Result, error) {
	p := planner{returns: true, decide: func(f plan.Facts) (plan.Action, error) {
		return plan.ForUnhide(f, how)
	}}
	return e.act(ctx, devices, p, o)
}

// unhide carries out the plan for one device, which is at r.now, and returns where
// it is then. The quarantine ends before the driver binds: a device that Xen
// still keeps binds, and then does no DMA.
func (s *session) unhide(ctx context.Context, r *Result) (*pciback.State, error) {
	a, now := r.Action, r.now
	gsi, setUp := s.gsi(a.Device, now)
	if setUp {
		// For a run that completes this one: once pciback has let go of the device, the
		// kernel does not tell the number. connect warns of what cannot be noted.
		_ = s.keepGSI(a.Device, gsi, true)
	}
	if err := s.releaseOnce(ctx, r); err != nil {
		return nil, err
	}
	if a.Load != "" {
		s.loadDriver(ctx, a)
	}
	if err := s.stillFree(ctx, r); err != nil {
		return nil, err
	}
	if a.Moves() {
		// xl unbinds what it releases, and a module takes the devices that are
		// free when it comes.
		if read, err := s.pciback.State(ctx, a.Device); err == nil {
			now = read
		}
		var err error
		if now, err = s.giveBack(ctx, a, now); err != nil {
			return nil, s.undoUnhide(ctx, r, err)
		}
	}
	r.Interrupt = s.connect(ctx, a.Device, now, gsi, setUp)
	if err := s.forget(ctx, a); err != nil {
		s.warnOf(a.Device, NotesRemain, fmt.Sprintf("given back, but the record of its former driver could not be removed: %v", err), "")
	}
	return &now, nil
}

// giveBack moves the device to the driver that it came from. Where that does not
// take it back (it is gone, or has forgotten the device's ids) the kernel may
// choose another, unless this one was asked for.
func (s *session) giveBack(ctx context.Context, a plan.Action, now pciback.State) (pciback.State, error) {
	s.progress(a.Device, "moving from "+driverWord(now.Driver)+" to "+targetWord(a.Target.Driver))
	back, err := s.hand(ctx, a, now, a.Target)
	var failed *pciback.MoveError
	if !errors.As(err, &failed) || failed.Step.Op != pciback.Bind || failed.Stranded() || failed.Taken || !a.OrAny || ctx.Err() != nil {
		return back, err
	}
	anyDriver := a.Target
	anyDriver.Driver = pciback.AnyDriver
	back, anyErr := s.hand(ctx, a, back, anyDriver)
	if anyErr == nil && back.Driver == "" {
		back, anyErr = s.pciback.MoveOn(ctx, a.Device, a.Origin, back, a.Origin)
		if anyErr == nil {
			return back, err
		}
	}
	if anyErr != nil {
		return back, errors.Join(err, anyErr)
	}
	s.warnOf(a.Device, FormerDriverFailed, fmt.Sprintf("%s did not take it back, so the kernel was asked for another driver: %v", a.Target.Driver, err), "")
	return back, nil
}

// releaseOnce takes the device out of Xen's quarantine, if that is planned and has not
// been done.
func (s *session) releaseOnce(ctx context.Context, r *Result) error {
	if !r.Action.Release || r.released {
		return nil
	}
	err := s.release(ctx, r.Device)
	if errors.Is(err, errNotQuarantined) {
		r.released = r.adopted // perhaps by the run that was killed
		return nil
	}
	r.released = err == nil
	return err
}

// stillFree returns an error if a guest has got the device since the plan was made. Before the device
// is taken from pciback, others of its slot may have had their turn, and a module was loaded.
func (s *session) stillFree(ctx context.Context, r *Result) error {
	if !r.now.Hidden() {
		return nil
	}
	guests, err := s.guests(ctx)
	if err != nil {
		return s.undoUnhide(ctx, r, &NotBegunError{Device: r.Device, Err: err})
	}
	if guest, ok := guests[r.Device]; ok {
		return &plan.InUseError{Device: r.Device, Guest: guest}
	}
	return nil
}

// undoUnhide puts a device that pciback has again into the quarantine that it
// was taken from.
func (s *session) undoUnhide(ctx context.Context, r *Result, cause error) error {
	if !r.released || !r.Action.Origin.Hidden() || stranded(cause) || elsewhere(cause) {
		return cause
	}
	if err := s.quarantine(context.WithoutCancel(ctx), r.Device); err != nil {
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
	if err := ways(ctx).Run(ctx, s.FS, s.Timeout, "modprobe", "-b", "-q", a.Load); err != nil {
		s.progress(a.Device, "no module was loaded: "+err.Error())
	}
}

// forget removes what was noted of a device, for ourselves and for xl.
func (s *session) forget(ctx context.Context, a plan.Action) error {
	err := s.dropOrigin(a.Device)
	if s.store == nil || !a.Forget && a.Note == "" {
		return err
	}
	if removeErr := s.store.Remove(ctx, pciback.LibxlNode(a.Device)); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("xenstore: %w", removeErr))
	}
	return err
}

func targetWord(driver string) string {
	if driver == pciback.AnyDriver {
		return "the driver that matches"
	}
	return driverWord(driver)
}
