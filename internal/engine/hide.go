package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Hide gives the devices to pciback, side by side. Each has its own result, in
// the order of devices; the error is for what concerns all of them (a
// *LockError, a *pciback.ModuleError, ...), and then nothing was touched.
func (e *Engine) Hide(ctx context.Context, devices []pci.Address, how plan.HideOptions, o Options) ([]Result, error) {
	forHide := func(f plan.Facts) (plan.Action, error) { return plan.ForHide(f, how), nil }
	if o.DryRun {
		return e.preview(ctx, devices, forHide)
	}
	s, err := e.begin(ctx, e.Timeout)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.loadPciback(ctx); err != nil {
		return nil, err
	}
	return s.run(ctx, devices, forHide)
}

// hide carries out the plan for one device. Whatever fails, the device is
// where it was, or the error is one that the journal keeps.
func (s *session) hide(ctx context.Context, a plan.Action) error {
	moves := a.Moves()
	if moves && a.Note != nil {
		if err := s.keepOrigin(a.Device, *a.Note); err != nil {
			return fmt.Errorf("%s: note where it came from: %w", a.Device, err)
		}
		node, value := plan.NoteOf(a.Device, *a.Note)
		if err := s.note(ctx, node, value); err != nil {
			return fmt.Errorf("%s: %w", a.Device, err)
		}
	}
	if moves {
		s.progress(a.Device, "moving from "+driverWord(a.Origin.Driver)+" to pciback")
		if err := s.pciback.MoveFrom(ctx, a.Device, a.Origin, a.Target); err != nil {
			return s.unnote(ctx, a, err)
		}
	}
	if a.Quarantine {
		if err := s.quarantine(ctx, a.Device); err != nil {
			return s.undoHide(ctx, a, err)
		}
	}
	if a.Name == "" {
		return nil
	}
	if err := s.note(ctx, plan.NameNode(a.Device), a.Name); err != nil {
		return s.undoHide(ctx, a, fmt.Errorf("%s: %w", a.Device, err))
	}
	return nil
}

// undoHide takes a device back that pciback has and that cannot stay there.
func (s *session) undoHide(ctx context.Context, a plan.Action, cause error) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.release(ctx, a.Device); err != nil && !errors.Is(err, errNotQuarantined) {
		return &StrandedError{Device: a.Device, Err: cause, BackErr: err}
	}
	if err := s.pciback.Move(ctx, a.Device, a.Origin); err != nil {
		return &StrandedError{Device: a.Device, Err: cause, BackErr: err}
	}
	return s.unnote(ctx, a, cause)
}

// note writes one node of xenstore, where it runs.
func (s *session) note(ctx context.Context, node, value string) error {
	if s.store == nil {
		return nil
	}
	if err := s.store.Write(ctx, node, value); err != nil {
		return fmt.Errorf("xenstore: %w", err)
	}
	return nil
}

// unnote takes the notes back after a hide that failed, unless the device did
// not get back: then they say where it belongs.
func (s *session) unnote(ctx context.Context, a plan.Action, cause error) error {
	if a.Note == nil || stranded(cause) {
		return cause
	}
	return errors.Join(cause, s.forget(context.WithoutCancel(ctx), a.Device))
}

func driverWord(driver string) string {
	if driver == "" {
		return "no driver"
	}
	return driver
}
