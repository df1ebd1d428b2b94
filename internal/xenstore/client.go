// Package xenstore is a client of xenstored: the tree of small values in which
// Xen's toolstack keeps what it knows of domains and their devices.
//
// It speaks the protocol of Xen's public header io/xs_wire.h over the socket
// of a xenstored in dom0, or through /dev/xen/xenbus where xenstored lives in
// a domain of its own. Nothing here waits without a bound: a dom0 whose
// xenstored has not started is an ordinary case, and there Debian's xl and
// xenstore-ls wait for ever (measured on Xen 4.17).
package xenstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

const (
	// CallTimeout bounds every call whose context has no earlier deadline,
	// waiting for its turn included.
	CallTimeout = 5 * time.Second
	// strayLimit is the number of messages that a call passes over while it
	// looks for its answer. A connection without watches should see none.
	strayLimit = 64
)

// Client is a connection to xenstored. It may be shared between goroutines:
// calls take turns.
//
// A call that was sent and ends without an answer that can be read (its
// deadline passed, its context was cancelled, garbage came) gives the
// connection up, since nobody knows what comes next on it: every later call
// fails with the same cause, and only a new Dial helps.
type Client struct {
	conn connection
	turn chan struct{} // holds one token while a call is under way
	last uint32        // the last request number; guarded by turn
	lost error         // why the connection was given up; guarded by turn
}

// connection is what a unix socket and a device file have in common.
type connection interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

func newClient(conn connection) *Client {
	return &Client{conn: conn, turn: make(chan struct{}, 1)}
}

// Close ends the connection, and with it a call that is under way in another
// goroutine and every open transaction. Closing twice is no error.
func (c *Client) Close() error {
	err := c.conn.Close()
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// call sends one request and returns the payload of its answer. The error is
// an errno from xenstored, or the reason why the connection was given up.
func (c *Client) call(ctx context.Context, op uint32, payload []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c.lost != nil {
		return nil, fmt.Errorf("the connection was given up: %w", c.lost)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answer, err := c.exchange(ctx, op, payload)
	if err != nil {
		c.lost = err
		c.conn.Close()
		return nil, err
	}
	if answer.op != opError {
		return answer.payload, nil
	}
	err = parseErrno(answer.payload)
	return nil, err
}

// exchange writes the request and reads messages until its answer is there.
func (c *Client) exchange(ctx context.Context, op uint32, payload []byte) (message, error) {
	release, err := c.bound(ctx)
	if err != nil {
		return message{}, err
	}
	defer release()
	c.last++
	request := message{op: op, request: c.last, payload: payload}
	if _, err := c.conn.Write(request.bytes()); err != nil {
		return message{}, reason(ctx, err)
	}
	for range strayLimit {
		answer, err := readMessage(c.conn)
		if err != nil {
			return message{}, reason(ctx, err)
		}
		switch {
		case answer.op == opWatchEvent || answer.request != request.request:
			continue
		case answer.op != op && answer.op != opError:
			return message{}, &protocolError{fmt.Sprintf("type %d to a request of type %d", answer.op, op)}
		}
		return answer, nil
	}
	return message{}, &protocolError{fmt.Sprintf("%d messages that nobody asked for", strayLimit)}
}

// bound makes the connection give up when ctx ends. The function it returns
// takes that back and must be called before the next request.
func (c *Client) bound(ctx context.Context) (release func(), err error) {
	deadline, _ := ctx.Deadline()
	if err := c.conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		// A deadline in the past wakes the reader; it fails only on a
		// closed connection, whose reader is awake already.
		_ = c.conn.SetDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-interrupted
		}
	}, nil
}

// reason says why I/O failed in words of the context, where it was that.
func reason(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		// The connection's clock may be a moment ahead of the context's.
		return context.DeadlineExceeded
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("xenstored closed the connection")
	}
	return cause(err)
}
