package varlink

import (
	"fmt"
	"sync"
)

// Broadcast reports changes to the clients who called a method with "more". Each gets
// the whole state first and then the changes. A client that does not keep up with them
// gets an error, and its connection ends. The methods may be called from any goroutine.
type Broadcast struct {
	overrun *Error

	mu            sync.Mutex
	subscriptions map[*subscription]bool
}

// NewBroadcast returns a broadcast without subscribers. overrun is the error for those
// that do not keep up.
func NewBroadcast(overrun *Error) *Broadcast {
	return &Broadcast{overrun: overrun, subscriptions: map[*subscription]bool{}}
}

// subscription is one client's.
type subscription struct {
	connection *connection
	changes    chan change
	overrun    chan struct{} // is closed when the client missed a change
}

type change struct {
	sequence uint64
	message  []byte
}

// overrunError is the error after which the connection ends.
type overrunError struct{ answer *Error }

func (e *overrunError) Error() string { return e.answer.Error() }
func (e *overrunError) Unwrap() error { return e.answer }

// Publish reports a change to all subscribers; the parameters of the replies are v as
// a JSON object. sequence numbers increase from change to change, so that a caller who
// publishes from several goroutines takes a lock for it. Publish never waits for a
// client. If v cannot be sent, every subscriber has missed it and overruns.
func (b *Broadcast) Publish(sequence uint64, v any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.subscriptions) == 0 {
		return nil
	}
	parameters, err := object(v)
	var message []byte
	if err == nil {
		message, err = frame(reply{Parameters: parameters, Continues: true}, MaxChange)
	}
	for s := range b.subscriptions {
		if err != nil || !s.offer(change{sequence, message}) {
			close(s.overrun)
			delete(b.subscriptions, s)
		}
	}
	if err != nil {
		return fmt.Errorf("change %d: %w", sequence, err)
	}
	return nil
}

// offer queues a change if there is room for it.
func (s *subscription) offer(c change) bool {
	budget, user := s.connection.server.budget, s.connection.peer.UID
	if !budget.try(user, len(c.message)) {
		return false
	}
	select {
	case s.changes <- c:
		return true
	default:
		budget.give(user, len(c.message))
		return false
	}
}

// Stream is the body of a method: it replies with the state, and then with every
// change, until the client hangs up or the server ends. state returns the state and
// the number of the last change that is part of it; it is called without any lock of
// the broadcast. A method returns Stream's error as it is.
func (b *Broadcast) Stream(call *Call, state func() (v any, sequence uint64)) error {
	if !call.More {
		return NewError(ErrExpectedMore, nil)
	}
	// Changes are queued from here on, so that none is lost between the state and them.
	s := b.subscribe(call.connection)
	defer b.unsubscribe(s)
	v, last := state()
	if err := call.Continue(v); err != nil {
		return err
	}
	for {
		select {
		case <-call.ctx.Done():
			return call.ctx.Err()
		case <-s.overrun:
			call.connection.server.count(func(c *Counters) { c.Overruns++ })
			return &overrunError{b.overrun}
		case c := <-s.changes:
			var err error
			if c.sequence > last {
				err = call.connection.write(call.ctx, c.message)
			}
			s.done(c)
			if err != nil {
				return err
			}
		}
	}
}

func (b *Broadcast) subscribe(c *connection) *subscription {
	s := &subscription{connection: c, changes: make(chan change, c.server.limits.queue), overrun: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscriptions[s] = true
	return s
}

// unsubscribe ends a subscription, and forgets what is queued.
func (b *Broadcast) unsubscribe(s *subscription) {
	b.mu.Lock()
	delete(b.subscriptions, s)
	b.mu.Unlock()
	for {
		select {
		case c := <-s.changes:
			s.done(c)
		default:
			return
		}
	}
}

// done gives back what a change took.
func (s *subscription) done(c change) {
	s.connection.server.budget.give(s.connection.peer.UID, len(c.message))
}
