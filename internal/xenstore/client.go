// Package xenstore is a client of xenstored. xenstored stores a tree of small
// values in which Xen's toolstack keeps its data about domains and their devices.
//
// The client uses the protocol of Xen's public header io/xs_wire.h over the socket
// of a xenstored in dom0, or through /dev/xen/xenbus if xenstored runs in a domain
// of its own. Every wait has a time limit: xenstored has often not started yet, and
// then Debian's xl and xenstore-ls wait for ever (measured on Xen 4.17).
package xenstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/xenpci/xenpci/internal/socket"
)

const (
	// CallTimeout bounds every call whose context has no earlier deadline. It
	// includes the time that the call waits for its turn.
	CallTimeout = 5 * time.Second
	// strayLimit bounds how many unexpected messages a call skips while it
	// waits for its answer. A connection without watches should have none.
	strayLimit = 64
)

// Client is a connection to xenstored. It may be shared between goroutines:
// calls take turns.
//
// If a call gets no readable answer (its deadline passed, its context was
// cancelled, the answer was malformed), the state of the connection is unknown.
// The client closes it, and every later call fails with the same cause. The caller
// has to Dial again.
type Client struct {
	conn connection
	turn chan struct{} // holds one token while a call is under way
	last uint32        // the last request number; guarded by turn
	lost error         // why the connection was closed; guarded by turn
}

// connection is implemented by a unix socket and by a device file.
type connection interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

func newClient(conn connection) *Client {
	return &Client{conn: conn, turn: make(chan struct{}, 1)}
}

// Close closes the connection. It ends a call that is in progress in another
// goroutine, and every open transaction. It is not an error to close it twice.
func (c *Client) Close() error {
	err := c.conn.Close()
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// call sends one request and returns the payload of its answer. The error is
// an errno from xenstored, or the reason why the connection was closed.
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
		return nil, fmt.Errorf("the connection was closed after an error: %w", c.lost)
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

// exchange writes the request and reads messages until it has the answer.
func (c *Client) exchange(ctx context.Context, op uint32, payload []byte) (message, error) {
	release, err := socket.Bound(ctx, c.conn)
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
			return message{}, &protocolError{fmt.Sprintf("a message of type %d to a request of type %d", answer.op, op)}
		}
		return answer, nil
	}
	return message{}, &protocolError{fmt.Sprintf("%d messages that answer no request", strayLimit)}
}

// reason returns why I/O failed: the context's error if the context has ended.
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
