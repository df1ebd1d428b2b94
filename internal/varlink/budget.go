package varlink

import (
	"context"
	"errors"
	"sync"
)

// errNoMemory means that a message would exceed what all messages, or those of its
// user, may take.
var errNoMemory = errors.New("too many messages are in memory")

// budget counts the bytes of the messages in memory. Root can always have
// rootBuffers, and no other user more than userBuffers.
type budget struct {
	limit int

	mu      sync.Mutex
	all     int
	others  int            // of them, by users other than root
	of      map[uint32]int // by user, where more than none
	changed chan struct{}  // is closed when bytes are given back
}

func newBudget(limit int) *budget {
	return &budget{limit: limit, of: map[uint32]int{}, changed: make(chan struct{})}
}

// try takes n bytes for a user if they are to be had.
func (b *budget) try(user uint32, n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tryLocked(user, n)
}

func (b *budget) tryLocked(user uint32, n int) bool {
	if b.all+n > b.limit {
		return false
	}
	if user != 0 {
		if b.of[user]+n > userBuffers || b.others+n > b.limit-rootBuffers {
			return false
		}
		b.others += n
	}
	b.all += n
	b.of[user] += n
	return true
}

// take takes n bytes for a user, and waits for them until ctx ends.
func (b *budget) take(ctx context.Context, user uint32, n int) error {
	for {
		b.mu.Lock()
		taken, changed := b.tryLocked(user, n), b.changed
		b.mu.Unlock()
		if taken {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errNoMemory
		}
	}
}

// give gives n bytes of a user back.
func (b *budget) give(user uint32, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all -= n
	if user != 0 {
		b.others -= n
	}
	if b.of[user] -= n; b.of[user] == 0 {
		delete(b.of, user)
	}
	close(b.changed)
	b.changed = make(chan struct{})
}
