package engine

import (
	"context"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// AssignableNames returns the names by which xl knows hidden devices. There are none where
// no xenstored runs.
func (e *Engine) AssignableNames(ctx context.Context) (map[pci.Address]string, error) {
	store, err := ways(ctx).OpenStore(ctx, e.FS)
	if err != nil || store == nil {
		return nil, err
	}
	names, err := pciback.AssignableNames(ctx, store)
	if closeErr := store.Close(); err == nil {
		err = closeErr
	}
	return names, err
}
