package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/xenstore"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// dialStore connects to xenstored; nil where none runs, which is no error:
// before a toolstack runs there is nobody to tell.
func (e *Engine) dialStore(ctx context.Context) (Store, error) {
	client, err := xenstore.Dial(ctx, e.FS)
	if errors.Is(err, xenstore.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return client, nil
}

// outside is everything that one run talks to.
type outside struct {
	attributes attribute.Access
	pciback    *pciback.Driver
	store      Store               // nil where no xenstored runs
	xen        Hypervisor          // nil where no hypervisor can be asked
	guard      func() *usage.Graph // what dom0 lives on, looked at when it is first asked
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

// openSome opens what it can; the error says what it could not.
func (e *Engine) openSome(ctx context.Context) (o outside, err error) {
	o.pciback, o.guard = pciback.New(e.FS.Path("")), e.newGuard()
	if o.attributes, err = e.OpenAttributes(); err != nil {
		return o, err
	}
	o.pciback = o.pciback.WithAttributes(o.attributes)
	var storeErr, xenErr error
	if o.store, storeErr = e.OpenStore(ctx); storeErr != nil {
		storeErr = fmt.Errorf("xenstore: %w", storeErr)
	}
	if o.xen, xenErr = e.OpenXen(); xenErr != nil {
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

// living says whether a domain exists: by the hypervisor, which knows, or else
// by xenstored, which was told.
func (o outside) living(ctx context.Context, domain uint16) (bool, error) {
	if o.xen != nil {
		lives, err := o.xen.DomainExists(domain)
		if !errors.Is(err, domctl.ErrInterface) && !errors.Is(err, domctl.ErrAbsent) {
			return lives, err
		}
	}
	return o.store.DomainIntroduced(ctx, domain)
}

// guests returns who has which device. Without xenstore nobody can say which
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

// UnknownGuestError says that a domain has a device, and that nobody can be
// asked which.
type UnknownGuestError struct {
	Domain uint16
}

// Error says what is known and what to do.
func (e *UnknownGuestError) Error() string {
	return fmt.Sprintf("domain %d has a PCI device, and without xenstored nobody can say which; start xenstored, or shut that domain down", e.Domain)
}
