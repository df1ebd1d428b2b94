package varlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/socket"
)

const testInterface = `# For tests
interface org.example.test

type Pair (left: string, right: ?int)

# Reply with the parameters
method Echo(text: string, pair: ?Pair) -> (text: string, pair: ?Pair)

# Reply with the caller
method Who() -> (uid: int, gid: int, pid: int)

# Only for root
method Secret() -> ()

# Fail in the way of the interface
method Fail(reason: string) -> ()

# Reply with so many bytes
method Large(bytes: int) -> (text: string)

# Reply with the numbers up to the last
method Count(last: int) -> (n: int)

# Reply when the client hangs up
method Hold() -> ()

# Get the state, and then changes of it
method Watch() -> (sequence: int, text: string)

# Not there yet
method Later() -> ()

error Failed(reason: string)

error Overrun()
`

// state is what Watch replies with.
type state struct {
	Sequence uint64 `json:"sequence"`
	Text     string `json:"text"`
}

type pair struct {
	Left  string `json:"left"`
	Right *int   `json:"right,omitempty"`
}

type echo struct {
	Text string `json:"text"`
	Pair *pair  `json:"pair,omitempty"`
}

type large struct {
	Bytes int `json:"bytes"`
}

type number struct {
	N int `json:"n"`
}

// fixture is a running server.
type fixture struct {
	*Server
	path      string
	broadcast *Broadcast
	held      chan struct{} // a message each time that Hold begins
	released  chan struct{} // and ends
	stop      func()        // ends the server, and waits for that
}

// serve runs a server until the test ends. Whoever has the number of a user can connect
// to it.
func serve(t testing.TB, limits limits) *fixture {
	t.Helper()
	f := &fixture{
		broadcast: NewBroadcast(&Error{Name: "org.example.test.Overrun"}),
		held:      make(chan struct{}, 1000), released: make(chan struct{}, 1000),
	}
	// The folder of t.TempDir is closed to other users.
	dir, err := os.MkdirTemp("", "varlink")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f.path = filepath.Join(dir, "org.example.test")
	f.Server, err = newServer(f.service(), limits)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := socket.Listen(t.Context(), f.path, socket.Access{Mode: 0o666, Group: os.Getgid()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Serve(ctx, listener) }()
	stopped := false
	f.stop = func() {
		if cancel(); !stopped {
			stopped = true
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(f.stop)
	return f
}

func (f *fixture) service() Service {
	methods := map[string]Method{
		"Echo": {Access: Everybody, Handle: func(_ context.Context, call *Call) (any, error) {
			var p echo
			err := call.Parameters(&p)
			return p, err
		}},
		"Who": {Access: Everybody, Handle: func(_ context.Context, call *Call) (any, error) {
			return map[string]any{"uid": call.Peer.UID, "gid": call.Peer.GID, "pid": call.Peer.PID}, nil
		}},
		"Secret": {Handle: func(context.Context, *Call) (any, error) { return nil, nil }},
		"Fail": {Access: Everybody, Handle: func(_ context.Context, call *Call) (any, error) {
			var p struct {
				Reason string `json:"reason"`
			}
			if err := call.Parameters(&p); err != nil {
				return nil, err
			}
			return nil, errors.New(p.Reason)
		}},
		"Large": {Access: Everybody, Handle: func(_ context.Context, call *Call) (any, error) {
			var p large
			err := call.Parameters(&p)
			return echo{Text: strings.Repeat("x", p.Bytes)}, err
		}},
		"Count": {Access: Everybody, Stream: true, Handle: func(_ context.Context, call *Call) (any, error) {
			var p struct {
				Last int `json:"last"`
			}
			if err := call.Parameters(&p); err != nil {
				return nil, err
			}
			for n := range p.Last {
				if err := call.Continue(number{n}); err != nil {
					return nil, err
				}
			}
			return number{p.Last}, nil
		}},
		"Hold": {Access: Everybody, Handle: func(ctx context.Context, _ *Call) (any, error) {
			f.held <- struct{}{}
			<-ctx.Done()
			f.released <- struct{}{}
			return nil, ctx.Err()
		}},
		"Watch": {Access: Everybody, Stream: true, Handle: func(_ context.Context, call *Call) (any, error) {
			return nil, f.broadcast.Stream(call, func() (any, uint64) {
				f.held <- struct{}{}
				return state{Sequence: 10, Text: "whole"}, 10
			})
		}},
		"Later": {},
	}
	return Service{
		Vendor: "Example", Product: "Test", Version: "1", URL: "https://example.org",
		Interfaces: []Interface{{Name: "org.example.test", Description: testInterface, Methods: methods}},
		Error: func(err error) *Error {
			return NewError("org.example.test.Failed", map[string]string{"reason": err.Error()})
		},
	}
}

// dial returns a client of the server.
func (f *fixture) dial(t testing.TB) *Client {
	t.Helper()
	c, err := Dial(t.Context(), f.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// raw returns a connection of which the server knows nothing but that it is there.
func (f *fixture) raw(t testing.TB) *net.UnixConn {
	t.Helper()
	conn, err := socket.Dial(t.Context(), f.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// dialAs connects as another user. Only the thread that does so becomes that user; it
// ends with its goroutine, since that never unlocks it.
func (f *fixture) dialAs(t testing.TB, user int) *Client {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	type result struct {
		c   *Client
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} {
			if _, _, errno := unix.RawSyscall(call, uintptr(user), uintptr(user), uintptr(user)); errno != 0 {
				done <- result{nil, errno}
				return
			}
		}
		c, err := Dial(t.Context(), f.path)
		done <- result{c, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { r.c.Close() })
	return r.c
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// answer is what came of a call: its error, or the parameters of its reply as text.
func answer(t *testing.T, c *Client, method string, parameters any) string {
	t.Helper()
	var out json.RawMessage
	err := c.Call(t.Context(), method, parameters, &out)
	var failed *Error
	switch {
	case err == nil:
		return string(out)
	case errors.As(err, &failed):
		return failed.Error()
	}
	t.Fatalf("%s: %v", method, err)
	return ""
}

// cmpEmpty makes a nil map and an empty one equal.
func cmpEmpty() cmp.Option {
	return cmp.Transformer("empty", func(m map[Cause]uint64) []string {
		var all []string
		for _, cause := range []Cause{TooMany, TooManyUser, TooLong, TooLate, Malformed, Unread, NoMemory} {
			if m[cause] > 0 {
				all = append(all, fmt.Sprint(cause, " ", m[cause]))
			}
		}
		return all
	})
}

func openDescriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
