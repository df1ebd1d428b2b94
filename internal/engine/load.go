package engine

import (
	"context"
	"errors"

	"github.com/xenpci/xenpci/pkg/pciback"
)

// wouldLoad is the module that a hide would load; "" where pciback is there.
// Without Xen, or with a setting that the kernel or pciback refuses, the module does not
// start, so the error, a *pciback.ModuleError, says that too. A hide tries to load it anyway: the signs of Xen may be missing
// (xenfs not mounted, and no /sys/hypervisor).
func wouldLoad(m pciback.Module) (string, error) {
	switch {
	case m.Presence == pciback.Loaded, m.Presence == pciback.BuiltIn:
		return "", nil
	case m.Presence == pciback.Loadable && m.Dom0:
		return m.Name, nil
	}
	return "", &pciback.ModuleError{Module: m}
}

// loadPciback makes sure that pciback is there: what is to be hidden needs it,
// what is to be given back does not. It is loaded by modprobe, so that the
// administrator's options for it take effect.
func (s *session) loadPciback(ctx context.Context) error {
	if s.pciback.Ready() {
		return nil
	}
	m := s.pciback.Module()
	if m.Presence != pciback.Loadable && m.Presence != pciback.Blocked {
		return &pciback.ModuleError{Module: m}
	}
	if err := ways(ctx).Run(ctx, s.FS, s.Timeout, "modprobe", m.Name); err != nil {
		return &pciback.ModuleError{Module: m, Err: err}
	}
	if !s.pciback.Registered() {
		return &pciback.ModuleError{Module: m, Err: errors.New("modprobe succeeded, but /sys/bus/pci/drivers/pciback is not there")}
	}
	return nil
}
