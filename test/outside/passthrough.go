package outside

import (
	"context"
	"errors"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// HandOver hides the devices that the IDs name, and gives them back.
func HandOver(ctx context.Context, root string, ids ...string) error {
	var host *passthrough.Host
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		return err
	}
	var view *passthrough.View = host.Look()
	var devices []pci.Address
	if devices, err = view.Select(ids...); err != nil {
		return err
	}
	var hidden, back passthrough.Moved
	if hidden, err = view.Hide(ctx, devices, passthrough.HideOptions{}, func(passthrough.Event) {}); err == nil {
		err = hidden.Err()
	}
	if refused := (*passthrough.Error)(nil); errors.As(err, &refused) {
		return errors.New(string(refused.Code) + ": " + refused.Reason)
	}
	back, err = view.Unhide(ctx, devices, passthrough.UnhideOptions{}, nil)
	return errors.Join(err, back.Err())
}
