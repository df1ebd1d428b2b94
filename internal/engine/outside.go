package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// outside is everything that one run talks to.
type outside struct {
	attributes attribute.Access
	pciback    *pciback.Driver
	store      Store               // nil where no xenstored runs
	xen        Hypervisor          // nil where no hypervisor can be asked
	guard      func() *graph.Graph // what dom0 needs, looked at when it is first asked
}

// open opens it all, or nothing.
func (e *Engine) open(ctx context.Context) (outside, error) {
	o, err := e.openSome(ctx)
	if err != nil {
		o.close()
		return outside{}, err
	}
	return o, nil
}

// openSome opens what it can, and returns why it could not open the rest.
func (e *Engine) openSome(ctx context.Context) (o outside, err error) {
	w := ways(ctx)
	o.pciback, o.guard = pciback.New(e.FS.Path("")), e.Guard
	if o.attributes, err = w.OpenAttributes(e.FS, e.Timeout); err != nil {
		return o, err
	}
	o.pciback = o.pciback.WithAttributes(o.attributes)
	var storeErr, xenErr error
	if o.store, storeErr = w.OpenStore(ctx, e.FS); storeErr != nil {
		storeErr = fmt.Errorf("xenstore: %w", storeErr)
	}
	if o.xen, xenErr = w.OpenXen(e.FS); xenErr != nil {
		xenErr = fmt.Errorf("hypervisor: %w", xenErr)
	}
	return o, errors.Join(storeErr, xenErr)
}

// close closes what was opened.
func (o outside) close() error {
	var errs []error
	if o.store != nil {
		errs = append(errs, o.store.Close())
	}
	if o.xen != nil {
		errs = append(errs, o.xen.Close())
	}
	if o.attributes != nil {
		errs = append(errs, o.attributes.Close())
	}
	return errors.Join(errs...)
}

// living reports whether a domain exists: by the hypervisor, which knows, or else
// by xenstored, which was told.
func (o outside) living(ctx context.Context, domain uint16) (bool, error) {
	if o.xen != nil {
		lives, err := o.xen.DomainExists(domain)
		if !errors.Is(err, hypercall.ErrInterface) && !errors.Is(err, hypercall.ErrAbsent) {
			return lives, err
		}
	}
	return o.store.DomainIntroduced(ctx, domain)
}

// guests returns which guest has which device. Without xenstore it is not known which
// device a backend has, so with backends of living domains that is an error.
func (o outside) guests(ctx context.Context) (map[pci.Address]pciback.Guest, error) {
	if o.store != nil {
		return pciback.Guests(ctx, o.store, o.living)
	}
	domains, err := o.pciback.BackendDomains()
	if err != nil || len(domains) == 0 {
		return nil, err
	}
	for _, domain := range domains {
		if o.xen != nil {
			if lives, err := o.xen.DomainExists(domain); err == nil && !lives {
				continue
			}
		}
		return nil, &UnknownGuestError{Domain: domain}
	}
	return nil, nil
}

// UnknownGuestError reports that a domain has a device, and that without
// xenstored it is not known which.
type UnknownGuestError struct {
	Domain uint16
}

// Error returns what is known and what to do.
func (e *UnknownGuestError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the domain.
func (e *UnknownGuestError) Reason() string {
	return fmt.Sprintf("domain %d has a PCI device, and without xenstored it is not known which", e.Domain)
}

// Advice returns what to do.
func (e *UnknownGuestError) Advice() string {
	return "start xenstored, or shut the domain down"
}
