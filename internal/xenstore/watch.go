package xenstore

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/xenpci/xenpci/internal/socket"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// The paths of the events that are not about nodes.
const (
	IntroduceDomain = "@introduceDomain" // a domain has been introduced to xenstored
	ReleaseDomain   = "@releaseDomain"   // a domain has been shut down, or has ended
)

// Watcher reports that something has changed at the paths that it watches, over a
// connection of its own. It reads events as they arrive, so that xenstored does not have
// to keep them, and remembers for each path only that there was one.
type Watcher struct {
	client *Client
	paths  []string
	fired  chan struct{} // has a message when something changed below
	ended  chan struct{} // is closed when no events are read any more

	mu      sync.Mutex
	pending []bool // by the index of the path
	lost    error  // why events are not read any more
}

// Watch watches nodes with all that is below them, and the special paths
// IntroduceDomain and ReleaseDomain. ctx bounds the dial and the registration. The
// error is an *Error, with ErrAbsent in its chain if no xenstored answers.
func Watch(ctx context.Context, fs sysfs.FS, paths ...string) (*Watcher, error) {
	c, err := Dial(ctx, fs)
	if err != nil {
		return nil, err
	}
	return watch(ctx, c, paths)
}

// watch takes the client over.
func watch(ctx context.Context, c *Client, paths []string) (*Watcher, error) {
	w := &Watcher{
		client: c, paths: paths, pending: make([]bool, len(paths)),
		fired: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if err := w.register(ctx); err != nil {
		c.Close()
		return nil, err
	}
	go w.read()
	return w, nil
}

// Next waits until something has changed at one of the paths, and returns the path as
// it was given to Watch. Changes that come before Next is called are reported once.
// Every path is reported at first without a change: xenstored does so, and the caller
// looks at what there was before. The error is that of ctx, or an *Error if the
// connection has ended; when xenstored has been restarted, the caller has to Watch
// again. Next may be called from one goroutine at a time.
func (w *Watcher) Next(ctx context.Context) (string, error) {
	for {
		path, err := w.take()
		if path != "" || err != nil {
			return path, err
		}
		select {
		case <-w.fired:
		case <-w.ended:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// Close ends the watches, and a call of Next in another goroutine. It is not an error
// to close it twice.
func (w *Watcher) Close() error {
	err := w.client.Close()
	<-w.ended
	return err
}

// take returns a path at which something has changed, or else why there will be none.
func (w *Watcher) take() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, pending := range w.pending {
		if pending {
			w.pending[i] = false
			return w.paths[i], nil
		}
	}
	return "", w.lost
}

// register asks for all paths. The token of each is its index.
func (w *Watcher) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	release, err := socket.Bound(ctx, w.client.conn)
	if err != nil {
		return &Error{Op: "watch", Err: cause(err)}
	}
	defer release()
	for i, path := range w.paths {
		payload, err := pathAnd(path, strconv.Itoa(i)+"\x00")
		if err == nil {
			err = w.registerOne(payload)
		}
		if err != nil {
			return &Error{Op: "watch", Path: path, Err: reason(ctx, err)}
		}
	}
	return nil
}

// registerOne sends a request and reads until it is answered. Events of this watch and of
// those before it may come first.
func (w *Watcher) registerOne(payload []byte) error {
	c := w.client
	c.last++
	request := message{op: opWatch, request: c.last, payload: payload}
	if _, err := c.conn.Write(request.bytes()); err != nil {
		return err
	}
	for range strayLimit {
		answer, err := readMessage(c.conn)
		if err != nil {
			return err
		}
		switch answer.op {
		case opWatchEvent:
			if err := w.note(answer.payload); err != nil {
				return err
			}
		case opWatch:
			// The kernel's device answers itself, without the number of the request.
			return nil
		case opError:
			return parseErrno(answer.payload)
		default:
			return &protocolError{fmt.Sprintf("a message of type %d to a request of type %d", answer.op, opWatch)}
		}
	}
	return &protocolError{fmt.Sprintf("%d events before the answer to a request", strayLimit)}
}

// read reads events until the connection ends.
func (w *Watcher) read() {
	defer close(w.ended)
	// Since Bound the deadline is that of the registration.
	err := w.client.conn.SetDeadline(time.Time{})
	for err == nil {
		var event message
		if event, err = readMessage(w.client.conn); err != nil {
			break
		}
		if event.op != opWatchEvent {
			err = &protocolError{fmt.Sprintf("a message of type %d, where only events are expected", event.op)}
			break
		}
		err = w.note(event.payload)
	}
	w.client.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = &Error{Op: "watch", Err: reason(context.Background(), err)}
}

// note remembers an event.
func (w *Watcher) note(payload []byte) error {
	i, err := eventToken(payload, len(w.paths))
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.pending[i] = true
	w.mu.Unlock()
	select {
	case w.fired <- struct{}{}:
	default:
	}
	return nil
}

// eventToken returns the token of an event: the path that changed, the token, and
// what later versions of the protocol may add. Tokens are numbers below n.
func eventToken(payload []byte, n int) (int, error) {
	fields := bytes.SplitN(payload, []byte{0}, 3)
	if len(fields) < 3 || len(fields[0]) == 0 {
		return 0, &protocolError{"an event without its path and its token"}
	}
	token, err := strconv.Atoi(string(fields[1]))
	if err != nil || token < 0 || token >= n {
		return 0, &protocolError{fmt.Sprintf("an event with the token %.32q", fields[1])}
	}
	return token, nil
}
