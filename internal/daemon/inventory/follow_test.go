package inventory

import (
	"context"
	"sync"
	"testing"
)

// TestFollow records at the start, which is also for what had appeared by then, and once
// for each message after that, until the end.
func TestFollow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	appeared := make(chan struct{}, 1)
	appeared <- struct{}{}
	records := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		follow(ctx, 0, appeared, func() { records <- struct{}{} })
	})
	<-records // the start
	for range 2 {
		appeared <- struct{}{}
		<-records
	}
	cancel()
	ended.Wait() // it would wait for ever in a record too many
}
