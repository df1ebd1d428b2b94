package varlink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"time"

	"github.com/xenpci/xenpci/internal/socket"
)

// CallTimeout bounds every Call whose context has no earlier deadline.
const CallTimeout = 5 * time.Minute

// Client is a connection to a server, for one goroutine. A call that gets no readable
// answer closes it, and every later call fails with the same cause: the caller has to
// Dial again.
type Client struct {
	path     string
	conn     *net.UnixConn
	received frames
	lost     error // why the connection was closed
}

// Dial connects to the server at path. The error has fs.ErrNotExist in its chain if
// there is no such socket, ECONNREFUSED if nobody listens on it, and fs.ErrPermission
// if the caller may not connect.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, err := socket.Dial(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Client{path: path, conn: conn, received: frames{
		from: conn, limit: MaxReply, resize: func(int) error { return nil },
	}}, nil
}

// Close closes the connection. It is not an error to close it twice.
func (c *Client) Close() error {
	if err := c.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Call calls a method and reads the parameters of its reply into out, which may be
// nil. parameters is a value that is a JSON object, or nil for none. The error is an
// *Error if the method returned one, and names the socket and the method otherwise.
func (c *Client) Call(ctx context.Context, method string, parameters, out any) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	if err := c.send(ctx, request{Method: method}, parameters); err != nil {
		return err
	}
	r, err := c.receive(ctx, method)
	if err != nil {
		return err
	}
	if r.Continues {
		return c.lose(method, errors.New("several replies, where one was asked for"))
	}
	if out == nil || len(r.Parameters) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Parameters, out); err != nil {
		return fmt.Errorf("%s: %s: %w", c.path, method, err)
	}
	return nil
}

// Stream calls a method with "more" and returns the parameters of its replies, as many
// as there are, until ctx ends. An error is the last thing that it returns, and like
// those of Call. A loop that ends before the last reply closes the connection.
func (c *Client) Stream(ctx context.Context, method string, parameters any) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		if err := c.send(ctx, request{Method: method, More: true}, parameters); err != nil {
			yield(nil, err)
			return
		}
		for {
			r, err := c.receive(ctx, method)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(r.Parameters, nil) && r.Continues {
				_ = c.lose(method, errors.New("not all replies were read"))
				return
			}
			if !r.Continues {
				return
			}
		}
	}
}

// send writes a call. What is not sent at all leaves the connection as it is.
func (c *Client) send(ctx context.Context, r request, parameters any) error {
	if c.lost != nil {
		return fmt.Errorf("%s: the connection was closed after an error: %w", c.path, c.lost)
	}
	var err error
	if r.Parameters, err = object(parameters); err != nil {
		return fmt.Errorf("%s: %s: %w", c.path, r.Method, err)
	}
	message, err := frame(r, MaxRequest)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", c.path, r.Method, err)
	}
	release, err := socket.Bound(ctx, c.conn)
	if err != nil {
		return c.lose(r.Method, err)
	}
	defer release()
	if _, err := c.conn.Write(message); err != nil {
		return c.lose(r.Method, reason(ctx, err))
	}
	return nil
}

// receive reads a reply. The error is an *Error if that is what the reply is.
func (c *Client) receive(ctx context.Context, method string) (reply, error) {
	release, err := socket.Bound(ctx, c.conn)
	if err != nil {
		return reply{}, c.lose(method, err)
	}
	defer release()
	message, err := c.received.next()
	if err != nil {
		return reply{}, c.lose(method, reason(ctx, err))
	}
	r, err := parseReply(message)
	if err != nil {
		return reply{}, c.lose(method, err)
	}
	if r.Error != "" {
		return reply{}, &Error{Name: r.Error, Parameters: r.Parameters}
	}
	return r, nil
}

// parseReply reads a reply. Members that are not known here are passed over: they can
// be those of a later version of the protocol.
func parseReply(message []byte) (reply, error) {
	var r reply
	if err := json.Unmarshal(message, &r); err != nil || bytes.TrimSpace(message)[0] != '{' {
		return reply{}, errMalformed
	}
	return r, nil
}

// lose closes the connection, whose state is not known any more.
func (c *Client) lose(method string, err error) error {
	c.lost = fmt.Errorf("%s: %s: %w", c.path, method, err)
	c.conn.Close()
	return c.lost
}

// reason returns why reading or writing failed: the context's error if it has ended.
func reason(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		// The connection's clock may be a moment ahead of the context's.
		return context.DeadlineExceeded
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}
