package engine

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/pkg/pci"
)

// errNotQuarantined reports that there was nothing to release: no quarantine, no
// IOMMU, or no hypervisor that could be asked.
var errNotQuarantined = errors.New("not in Xen's quarantine")

// quarantine gives device a to Xen's dom_io, as xl does with what it makes
// assignable: no domain's memory is in its reach until a guest has it. Without
// an IOMMU there is no such thing, and that is no error.
func (s *session) quarantine(ctx context.Context, a pci.Address) error {
	if s.xen == nil {
		return nil
	}
	err := s.xen.Quarantine(a)
	switch {
	case err == nil:
		s.noteQuarantine(a)
		return nil
	case errors.Is(err, hypercall.ErrAbsent), errors.Is(err, domctl.ErrNoIOMMU), errors.Is(err, domctl.ErrNoQuarantine):
		return nil
	case errors.Is(err, hypercall.ErrInterface):
		// xl fails without an IOMMU too, so its failure says nothing.
		if err := s.xl(ctx, a, "pci-assignable-add", err); err != nil {
			s.warnOf(a, QuarantineUnconfirmed, fmt.Sprintf("it may not be in Xen's quarantine: %v", err), "")
			return nil
		}
		s.noteQuarantine(a)
		return nil
	}
	return err
}

// release takes device a out of Xen's quarantine. The error is
// errNotQuarantined when it was not there.
func (s *session) release(ctx context.Context, a pci.Address) error {
	defer s.forgetQuarantine(a)
	if s.xen == nil {
		return errNotQuarantined
	}
	err := s.xen.Release(a)
	switch {
	case errors.Is(err, hypercall.ErrAbsent), errors.Is(err, domctl.ErrNoIOMMU), errors.Is(err, domctl.ErrNoQuarantine),
		errors.Is(err, domctl.ErrNotQuarantined),
		errors.Is(err, domctl.ErrAddress): // such a device cannot have been put there
		return errNotQuarantined
	case errors.Is(err, hypercall.ErrInterface):
		// xl also unbinds the device; the move that follows reads where it is.
		// It fails for what was never there, so its failure says nothing.
		if err := s.xl(ctx, a, "pci-assignable-remove", err); err != nil {
			s.warnOf(a, ReleaseUnconfirmed, fmt.Sprintf("it may still be in Xen's quarantine, where its driver gets no data: %v", err), "")
			return errNotQuarantined
		}
		return nil
	}
	return err
}

// xl lets the installed toolstack do what this program cannot: it was built
// with the running hypervisor's interface. Without xenstored it would hang.
func (s *session) xl(ctx context.Context, a pci.Address, verb string, cause error) error {
	if s.store == nil {
		return cause
	}
	if err := ways(ctx).Run(ctx, s.FS, s.Timeout, "xl", verb, a.String()); err != nil {
		return fmt.Errorf("xl: %w (it was tried because: %v)", err, cause)
	}
	return nil
}

// quarantineDir has an empty file for each device that was put into Xen's quarantine, since
// Xen answers no question about it. It is for status alone, and ends with the boot.
const quarantineDir = "/run/xenpci/quarantine"

// noteQuarantine notes that Xen has taken the device. Where that cannot be written, the
// status says that it is not known.
func (s *session) noteQuarantine(a pci.Address) {
	_ = s.writeNote(path.Join(quarantineDir, a.String()), nil, 0o644)
}

// forgetQuarantine removes the note of a device that was taken out, or that never was there.
func (s *session) forgetQuarantine(a pci.Address) {
	_ = s.dropNote(path.Join(quarantineDir, a.String()))
}

// quarantined reports whether the device was put into Xen's quarantine.
func (e *Engine) quarantined(a pci.Address) bool {
	return e.FS.Exists(path.Join(quarantineDir, a.String()))
}
