package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/kernellog"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Hide gives the devices to pciback, side by side. Each has its own result, in
// the order of devices; the error is for what concerns all of them (a
// *LockError, a *pciback.ModuleError, ...), and then nothing was touched.
func (e *Engine) Hide(ctx context.Context, devices []pci.Address, how plan.HideOptions, o Options) ([]Result, error) {
	return e.act(ctx, devices, hiding(func(pci.Address) plan.HideOptions { return how }), o)
}

// HideEach is Hide where each device has options of its own.
func (e *Engine) HideEach(ctx context.Context, devices []pci.Address, how map[pci.Address]plan.HideOptions, o Options) ([]Result, error) {
	return e.act(ctx, devices, hiding(func(a pci.Address) plan.HideOptions { return how[a] }), o)
}

// hiding plans a hide. What pciback can never hold, and what dom0 needs, is
// refused while it still has its driver.
func hiding(options func(pci.Address) plan.HideOptions) planner {
	return planner{takes: true, decide: func(f plan.Facts) (plan.Action, error) {
		how := options(f.Device)
		action := plan.ForHide(f, how)
		if f.CardBus {
			return action, &pciback.CardBusError{Device: f.Device}
		}
		if err := pciback.Takes(f.Device); err != nil {
			return action, err
		}
		err := plan.Guard(f)
		if needed := (*plan.NeededError)(nil); how.Force && errors.As(err, &needed) {
			action.Forced = needed.Reasons()
			return action, nil
		}
		return action, err
	}}
}

// hide carries out the plan for one device, which is at now, and returns where
// it is then. Whatever fails, the device is where it was, or the error is one
// that the journal keeps.
func (s *session) hide(ctx context.Context, a plan.Action, now pciback.State) (*pciback.State, error) {
	if a.Moves() {
		s.progress(a.Device, "moving from "+driverWord(a.Origin.Driver)+" to pciback")
		s.noteArrived(a.Device)
		said := kernellog.Listen(s.FS)
		defer said.Close()
		var err error
		if now, err = s.pciback.MoveOn(ctx, a.Device, a.Origin, now, a.Target); err != nil {
			return nil, s.returned(ctx, a.Device, said, err)
		}
		s.forgetQuarantine(a.Device) // another program may have given the device back since
		// Until here the journal knows where it came from.
		if err := s.note(ctx, a); err != nil {
			return nil, s.undoHide(ctx, a, false, &StepError{a.Device, plan.NoteOrigin, err})
		}
	}
	if a.Quarantine {
		if err := s.quarantine(ctx, a.Device); err != nil {
			return nil, s.undoHide(ctx, a, false, err)
		}
	}
	if a.Name != "" && s.store != nil {
		if err := s.store.Write(ctx, pciback.LibxlNameNode(a.Device), a.Name); err != nil {
			return nil, s.undoHide(ctx, a, a.Quarantine, &StepError{a.Device, plan.NoteName, err})
		}
	}
	// The last step, since only giving the device back makes it not permissive again.
	if a.Permissive {
		if err := s.makePermissive(ctx, a.Device); err != nil {
			return nil, s.undoHide(ctx, a, a.Quarantine, &StepError{a.Device, plan.Permissive, err})
		}
	}
	return &now, nil
}

// makePermissive lets a guest write all of the configuration space of a hidden device.
func (s *session) makePermissive(ctx context.Context, a pci.Address) error {
	if err := s.attributes.Write(ctx, pciback.PermissiveFile, a.String()); err != nil {
		return err
	}
	all, err := s.pciback.Permissive()
	if err == nil && !slices.Contains(all, a) {
		err = errors.New("the kernel accepted the write, but does not list the device as permissive")
	}
	return err
}

// undoHide takes a device back that pciback has and that cannot stay there. One
// that was hidden before keeps its quarantine.
func (s *session) undoHide(ctx context.Context, a plan.Action, quarantined bool, cause error) error {
	ctx = context.WithoutCancel(ctx)
	if quarantined && !a.Origin.Hidden() {
		if err := s.release(ctx, a.Device); err != nil && !errors.Is(err, errNotQuarantined) {
			return &StrandedError{Device: a.Device, Err: cause, BackErr: err}
		}
	}
	said := kernellog.Listen(s.FS)
	defer said.Close()
	if err := s.pciback.Move(ctx, a.Device, a.Origin); err != nil {
		return &StrandedError{Device: a.Device, Err: cause, BackErr: err}
	}
	if driver := a.Origin.Driver; driver != "" && !a.Origin.Hidden() && !s.setUp(ctx, a.Device, driver) {
		return &StrandedError{Device: a.Device, Err: cause, BackErr: errors.New(gaveUp(driver, said.About(a.Device)))}
	}
	if a.Note == "" {
		return cause
	}
	return errors.Join(cause, s.forget(ctx, a))
}

// note keeps the driver that a device is about to be taken from: in xenstore,
// where xl looks for it too, or on our own where no xenstored runs.
func (s *session) note(ctx context.Context, a plan.Action) error {
	if a.Note == "" {
		return nil
	}
	if s.store == nil {
		return s.keepOrigin(a.Device, a.Note)
	}
	return s.store.Write(ctx, pciback.LibxlDriverNode(a.Device), pciback.LibxlDriver(a.Note))
}

func driverWord(driver string) string {
	if driver == "" {
		return "no driver"
	}
	return driver
}
