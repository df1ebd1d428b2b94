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

// observer reads what is there, for a plan.
type observer struct {
	*Engine
	outside
	guests map[pci.Address]pciback.Guest
	slots  pciback.Slots
}

// observe prepares to read facts: it asks once what concerns all devices.
func (e *Engine) observe(ctx context.Context, out outside) (o observer, err error) {
	o = observer{Engine: e, outside: out}
	if o.guests, err = out.guests(ctx); err != nil {
		return o, err
	}
	o.slots, err = out.pciback.Slots()
	return o, err
}

// facts returns what is known of device a. The error has fs.ErrNotExist in its
// chain when there is no such device.
func (o observer) facts(ctx context.Context, a pci.Address) (plan.Facts, error) {
	state, err := o.pciback.StateIn(ctx, a, o.slots)
	if err != nil {
		return plan.Facts{}, err
	}
	f := plan.Facts{Device: a, State: state, ByOverride: o.pciback.NeedsOverride(a)}
	f.Modalias, _ = o.FS.Attribute("/sys/bus/pci/devices/" + a.String() + "/modalias")
	if guest, ok := o.guests[a]; ok {
		f.Guest = &guest
	}
	if f.Came, err = o.origin(a); err != nil {
		return plan.Facts{}, fmt.Errorf("%s: %w", a, err)
	}
	if o.store == nil {
		return f, nil
	}
	f.Store = true
	return f, o.noted(ctx, &f)
}

// noted reads what xenstore says of the device. Its word goes before our own
// record: xl may have hidden the device since.
func (o observer) noted(ctx context.Context, f *plan.Facts) error {
	path, err := o.store.Read(ctx, plan.DriverPathNode(f.Device))
	switch {
	case err == nil:
		f.Noted = true
		if driver := plan.DriverIn(path); driver != "" {
			f.Came = &driver
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: xenstore: %w", f.Device, err)
	}
	_, err = o.store.Read(ctx, plan.Node(f.Device))
	f.Noted = err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: xenstore: %w", f.Device, err)
	}
	return nil
}
