package outside

import (
	"context"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Hide hides a device below root and gives it back to its driver.
func Hide(ctx context.Context, root string, device pci.Address) error {
	var driver *pciback.Driver = pciback.New(root)
	from, err := driver.Hide(ctx, device)
	if err != nil {
		return err
	}
	return driver.Unhide(ctx, device, from.Driver)
}

// attributes is a way to the attributes that another program has written.
type attributes struct{}

func (attributes) Read(context.Context, string) (string, error) { return "", nil }
func (attributes) Write(context.Context, string, string) error  { return nil }

var _ pciback.Attributes = attributes{}
