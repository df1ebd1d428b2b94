package passthrough

import (
	"context"
	"errors"
	"io/fs"
	"reflect"
	"syscall"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/trial"
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// explained is an error that keeps its reason and its advice apart.
type explained interface {
	error
	Reason() string
	Advice() string
}

// AsErrors returns an *Error for each of the errors that err joins, in order;
// none for nil.
func AsErrors(err error) []*Error {
	if err == nil {
		return nil
	}
	joined := joinedBy(err)
	if joined == nil {
		return []*Error{asError(err)}
	}
	var all []*Error
	for _, one := range joined {
		all = append(all, AsErrors(one)...)
	}
	return all
}

// joinedBy returns the errors that errors.Join put together in err; nil for any
// other error. Types that have several causes say more than these.
func joinedBy(err error) []error {
	if reflect.TypeOf(err) != reflect.TypeOf(errors.Join(err)) {
		return nil
	}
	return err.(interface{ Unwrap() []error }).Unwrap() //nolint:errorlint // it is of that type
}

// AsError returns any error of this package, of pkg/pci or of pkg/pciback as an
// *Error; nil for nil.
func AsError(err error) *Error { return asError(err) }

// several is errors that were joined as one: the first, with all of them as its
// causes where there are more.
func several(errs []error) *Error {
	first := *asError(errs[0])
	if len(errs) == 1 {
		return &first
	}
	for _, err := range errs {
		first.Causes = append(first.Causes, asError(err))
	}
	first.err = errors.Join(errs...)
	return &first
}

func asError(err error) *Error {
	if err == nil {
		return nil
	}
	if joined := joinedBy(err); joined != nil {
		return several(joined)
	}
	if e, ok := err.(*Error); ok { //nolint:errorlint // one further down has another reason
		return e
	}
	e := &Error{Code: CodeFailed, Reason: err.Error(), err: err}
	e.Code, e.Device = codeOf(err)
	if e.Code == CodePermission {
		e.Advice = "run it as root"
	}
	switch why := err.(type) { //nolint:errorlint // one further down is not the whole reason
	case explained:
		e.Reason, e.Advice = why.Reason(), why.Advice()
	case *pci.DeviceError:
		if a, ok := pci.ParseName(why.Name); ok {
			inner := asError(why.Err)
			e.Device, e.Reason, e.Advice = &a, inner.Reason, inner.Advice
		}
	default:
		e.Device = nil // the text names it
	}
	if move := (*pciback.MoveError)(nil); errors.As(err, &move) {
		e.Step = StepKind(move.Step.Op)
	}
	if step := (*engine.StepError)(nil); errors.As(err, &step) {
		e.Step = StepKind(step.Step)
	}
	if xen := (*domctl.Error)(nil); errors.As(err, &xen) {
		e.Step = StepKind(xen.Op)
	}
	if attr := (*pci.AttributeError)(nil); errors.As(err, &attr) {
		e.Path = attr.Path
	}
	if attr := (*sysfs.AttrError)(nil); errors.As(err, &attr) {
		e.Path = attr.Path
	}
	if changed := (*change.ChangedError)(nil); errors.As(err, &changed) {
		e.Path = changed.Path
	}
	if foreign := (*change.ForeignError)(nil); errors.As(err, &foreign) {
		e.Path = foreign.Path
	}
	if replaceable := (*program.ReplaceableError)(nil); errors.As(err, &replaceable) {
		e.Path = replaceable.Path
	}
	if transient := (*program.TransientError)(nil); errors.As(err, &transient) {
		e.Path = transient.Path
	}
	if hang := (*attribute.HangError)(nil); errors.As(err, &hang) {
		e.Path = hang.Path
	}
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		e.Errno = sysfs.ErrnoName(errno)
	}
	return e
}

// codeOf returns the code of an error of the packages below, and the device
// that it is about.
func codeOf(err error) (Code, *pci.Address) {
	var (
		own         *Error
		inUse       *plan.InUseError
		needed      *plan.NeededError
		unknown     *engine.UnknownGuestError
		busy        *engine.LockError
		stuck       *engine.StuckError
		notBegun    *engine.NotBegunError
		stranded    *engine.StrandedError
		step        *engine.StepError
		module      *pciback.ModuleError
		move        *pciback.MoveError
		cardBus     *pciback.CardBusError
		domain      *pciback.DomainError
		companion   *pciback.CompanionError
		behind      *engine.StaysBehindError
		missing     *pciback.NoDeviceError
		address     *pci.AddressError
		unreadable  *pci.DeviceError
		xen         *domctl.Error
		problems    config.Problems
		declared    *config.DeclaredError
		undeclared  *config.UndeclaredError
		takenBack   *change.TakenBackError
		changed     *change.ChangedError
		foreign     *change.ForeignError
		hang        *attribute.HangError
		replaceable *program.ReplaceableError
		transient   *program.TransientError
		repeated    *hostboot.RepeatedError
		twice       *hostboot.TwiceError
		shared      *boot.SharedError
		byHand      *boot.ByHandError
		edited      *boot.EditedError
		trialError  *trial.RefusedError
	)
	switch {
	case errors.As(err, &own):
		return own.Code, own.Device
	case errors.As(err, &behind):
		code, _ := codeOf(behind.Err)
		return code, &behind.Device
	case errors.As(err, &inUse):
		return CodeInUse, &inUse.Device
	case errors.As(err, &needed) && needed.Apart():
		return CodeUSBCompanions, &needed.Device
	case errors.As(err, &needed):
		return CodeGuard, &needed.Device
	case errors.As(err, &unknown):
		return CodeGuestsUnknown, nil
	case errors.As(err, &busy):
		return CodeBusy, nil
	case errors.As(err, &stuck):
		return CodeStuck, &stuck.Device
	case errors.As(err, &notBegun):
		return CodeInterrupted, &notBegun.Device
	case errors.As(err, &stranded):
		return CodeStranded, &stranded.Device
	case errors.As(err, &step):
		return CodeFailed, &step.Device
	case errors.As(err, &module):
		return CodeNoPciback, nil
	case errors.As(err, &move):
		return codeOfMove(move), &move.Device
	case errors.As(err, &companion):
		return CodeUSBCompanions, &companion.Device
	case errors.As(err, &cardBus):
		return CodeNeverHeld, &cardBus.Device
	case errors.As(err, &domain):
		return CodeNeverHeld, &domain.Device
	case errors.As(err, &missing):
		return CodeNoDevice, &missing.Device
	case errors.As(err, &address):
		return CodeBadID, nil
	case errors.As(err, &unreadable):
		return CodeUnreadable, nil
	case errors.As(err, &xen):
		return CodeFailed, &xen.Address
	case errors.As(err, &takenBack) && takenBack.Undo != nil:
		return CodeNotTakenBack, nil
	case errors.As(err, &takenBack):
		return CodeTakenBack, nil
	case errors.As(err, &problems):
		return CodeListInvalid, nil
	case errors.As(err, &declared):
		return CodeDeclared, &declared.Device.Address
	case errors.As(err, &undeclared):
		return CodeNotDeclared, &undeclared.Address
	case errors.As(err, &changed):
		return CodeFileChanged, nil
	case errors.As(err, &foreign):
		return CodeForeignFile, nil
	case errors.As(err, &replaceable), errors.As(err, &transient):
		return CodeUnsafeProgram, nil
	case errors.As(err, &trialError):
		return codeOfTrial(trialError.Why), nil
	case errors.As(err, &hang):
		return CodeHanging, nil
	case errors.As(err, &repeated), errors.As(err, &twice):
		return CodeRepeatedOption, nil
	case errors.As(err, &shared):
		return CodeSharedWord, nil
	case errors.As(err, &byHand):
		return CodeByHand, nil
	case errors.As(err, &edited):
		return CodeFileChanged, nil
	case errors.Is(err, hypercall.ErrAbsent):
		return CodeNotXen, nil
	case errors.Is(err, fs.ErrPermission):
		return CodePermission, nil
	case isInterrupted(err):
		return CodeInterrupted, nil
	}
	return CodeFailed, nil
}

// isInterrupted reports whether the end of a context is the cause.
func isInterrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func codeOfMove(e *pciback.MoveError) Code {
	switch {
	case e.Hanging:
		return CodeHanging
	case e.Gone:
		return CodeGone
	case e.BackErr != nil:
		return CodeStranded
	case isInterrupted(e.Err):
		return CodeInterrupted
	}
	return CodeMoveFailed
}
