package varlink

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// connection is one client's. Its calls are answered in order, one at a time; what a
// client sends meanwhile waits in the kernel.
type connection struct {
	server   *Server
	conn     *net.UnixConn
	peer     Peer
	received frames
	deadline time.Time // until when the next call has to be read
	broken   error     // why no reply can be written any more
}

// serveConnection answers a client until it has hung up, breaks a rule, or ctx ends.
func serveConnection(ctx context.Context, server *Server, conn *net.UnixConn, peer Peer) {
	c := &connection{server: server, conn: conn, peer: peer}
	c.received = frames{from: conn, limit: MaxRequest, resize: func(by int) error { return c.resize(ctx, by) }}
	defer conn.Close()
	defer c.received.free()
	// The deadlines wake who waits for this client; both functions that set others
	// look at ctx afterwards.
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		_ = conn.SetWriteDeadline(time.Now().Add(endTimeout))
	})
	defer stop()
	for ctx.Err() == nil {
		call, err := c.next(ctx)
		if err != nil {
			if cause := causeOf(err); cause != "" && ctx.Err() == nil {
				server.refuse(cause)
			}
			return
		}
		server.count(func(counters *Counters) { counters.Requests++ })
		if !c.handle(ctx, call) {
			return
		}
	}
}

// causeOf returns the rule that a client broke; none if it has hung up.
func causeOf(err error) Cause {
	switch {
	case errors.Is(err, errTooLong):
		return TooLong
	case errors.Is(err, errMalformed):
		return Malformed
	case errors.Is(err, errNoMemory):
		return NoMemory
	case errors.Is(err, os.ErrDeadlineExceeded):
		return TooLate
	}
	return ""
}

// next reads the next call.
func (c *connection) next(ctx context.Context) (request, error) {
	c.deadline = time.Now().Add(c.server.limits.requestTimeout)
	if err := c.conn.SetReadDeadline(c.deadline); err != nil {
		return request{}, err
	}
	if ctx.Err() != nil {
		return request{}, ctx.Err()
	}
	message, err := c.received.next()
	if err != nil {
		return request{}, err
	}
	return parseRequest(message)
}

// resize lets the buffer of received calls become longer or shorter.
func (c *connection) resize(ctx context.Context, by int) error {
	if by <= 0 {
		c.server.budget.give(c.peer.UID, -by)
		return nil
	}
	ctx, cancel := context.WithDeadline(ctx, c.deadline)
	defer cancel()
	return c.server.budget.take(ctx, c.peer.UID, by)
}

// handle carries out one call. It returns false if the connection has to end.
func (c *connection) handle(ctx context.Context, r request) bool {
	result, err := c.perform(ctx, r)
	if r.Oneway {
		return true
	}
	if err == nil {
		err = c.reply(ctx, result, false)
	}
	if err != nil && c.broken == nil {
		c.fail(ctx, err)
	}
	switch {
	case errors.Is(c.broken, errNoMemory):
		c.server.refuse(NoMemory)
	case errors.Is(c.broken, os.ErrDeadlineExceeded) && ctx.Err() == nil:
		c.server.refuse(Unread)
	}
	var overrun *overrunError
	return c.broken == nil && !errors.As(err, &overrun)
}

// fail replies with an error. If that cannot be written, the connection is broken.
func (c *connection) fail(ctx context.Context, err error) {
	var answer *Error
	if !errors.As(err, &answer) {
		answer = c.server.failed(err)
	}
	failed := c.send(ctx, MaxReply, func() (any, error) {
		return reply{Error: answer.Name, Parameters: answer.Parameters}, nil
	})
	if c.broken == nil {
		c.broken = failed
	}
}

// perform calls the method. Its error is for the client.
func (c *connection) perform(ctx context.Context, r request) (any, error) {
	method, unknown := c.server.find(r.Method)
	switch {
	case unknown != nil:
		return nil, unknown
	case method.Access != Everybody && !c.peer.Root():
		return nil, NewError(ErrPermissionDenied, nil)
	case r.Upgrade:
		return nil, InvalidParameter("upgrade")
	case method.Stream && !r.More:
		return nil, NewError(ErrExpectedMore, nil)
	}
	ctx, release := untilHangup(ctx, c.conn)
	defer release()
	return method.Handle(ctx, &Call{Peer: c.peer, More: r.More, ctx: ctx, connection: c, parameters: r.Parameters})
}

// reply sends the parameters of a reply. The error is about them, or the connection
// is broken.
func (c *connection) reply(ctx context.Context, parameters any, continues bool) error {
	return c.send(ctx, MaxReply, func() (any, error) {
		text, err := object(parameters)
		return reply{Parameters: text, Continues: continues}, err
	})
}

// send encodes and writes one message. Only one is being encoded at a time; if there
// is no room for it then, it is encoded again when there is.
func (c *connection) send(ctx context.Context, limit int, value func() (any, error)) error {
	if c.broken != nil {
		return c.broken
	}
	budget, user := c.server.budget, c.peer.UID
	message, err := c.encode(limit, value)
	if err != nil {
		return err
	}
	size := len(message)
	if !budget.try(user, size) {
		message = nil
		waiting, cancel := context.WithTimeout(ctx, c.server.limits.replyTimeout)
		defer cancel()
		if err := budget.take(waiting, user, size); err != nil {
			c.broken = err
			return err
		}
	}
	defer budget.give(user, size)
	if message == nil {
		// It is as long as before, unless the value has changed.
		if message, err = c.encode(size, value); err != nil {
			return err
		}
	}
	return c.write(ctx, message)
}

func (c *connection) encode(limit int, value func() (any, error)) ([]byte, error) {
	c.server.encoding.Lock()
	defer c.server.encoding.Unlock()
	v, err := value()
	if err != nil {
		return nil, err
	}
	return frame(v, limit)
}

// write writes a message. After an error the connection is broken: part of the message
// may have been written.
func (c *connection) write(ctx context.Context, message []byte) error {
	c.broken = c.conn.SetWriteDeadline(time.Now().Add(c.server.limits.replyTimeout))
	if c.broken == nil && ctx.Err() != nil {
		c.broken = c.conn.SetWriteDeadline(time.Now().Add(endTimeout))
	}
	if c.broken == nil {
		_, c.broken = c.conn.Write(message)
	}
	return c.broken
}
