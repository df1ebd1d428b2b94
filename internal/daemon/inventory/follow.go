package inventory

import (
	"context"
	"time"
)

// settle is how long a device that has appeared gets to find its driver, and udev to
// collect what it knows of the disks.
const settle = 5 * time.Second

// Follow records all devices at the start, and again after each message that a device
// has appeared or got a driver. Messages that come close together are one. It returns
// when ctx ends. failed is called with what went wrong.
func Follow(ctx context.Context, root string, appeared <-chan struct{}, failed func(error)) {
	follow(ctx, settle, appeared, func() {
		if err := Record(ctx, root); err != nil && ctx.Err() == nil {
			failed(err)
		}
	})
}

func follow(ctx context.Context, settle time.Duration, appeared <-chan struct{}, record func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(settle):
		}
		select { // what came meanwhile is recorded now
		case <-appeared:
		default:
		}
		record()
		select {
		case <-ctx.Done():
			return
		case <-appeared:
		}
	}
}
