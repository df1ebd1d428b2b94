package varlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/socket"
)

func TestDial(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if _, err := Dial(t.Context(), path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	listener, err := socket.Listen(t.Context(), path, socket.Access{Mode: 0o600})
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if _, err := Dial(t.Context(), path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
}

func TestStream(t *testing.T) {
	f := serve(t, productLimits())
	c := f.dial(t)
	var got []string
	for parameters, err := range c.Stream(t.Context(), "org.example.test.Count", map[string]int{"last": 3}) {
		got = append(got, fmt.Sprintf("%s %v", parameters, err))
	}
	want := []string{`{"n":0} <nil>`, `{"n":1} <nil>`, `{"n":2} <nil>`, `{"n":3} <nil>`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, err := range c.Stream(t.Context(), "org.example.test.None", nil) {
		var failed *Error
		if !errors.As(err, &failed) || failed.Name != ErrMethodNotFound {
			t.Error(err)
		}
	}
	// The connection is as good as before, until a stream is left.
	if got := answer(t, c, "org.example.test.Secret", nil); got != "{}" {
		t.Error(got)
	}
	for range c.Stream(t.Context(), "org.example.test.Count", map[string]int{"last": 1000000}) {
		break
	}
	if err := c.Call(t.Context(), "org.example.test.Secret", nil, nil); err == nil || !strings.Contains(err.Error(), "closed after an error") {
		t.Error(err)
	}
	eventually(t, "the server knows", func() bool { return f.Counters().Connections == 0 })
}

func TestStreamEndsWithItsContext(t *testing.T) {
	f := serve(t, productLimits())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range f.dial(t).Stream(ctx, "org.example.test.Watch", nil) {
		if n++; n == 1 {
			cancel()
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n != 2 {
		t.Errorf("%d replies", n)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	f := serve(t, productLimits())
	c := f.dial(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Call(ctx, "org.example.test.Hold", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-f.released
	if err := c.Call(t.Context(), "org.example.test.Secret", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the next call:", err)
	}
}

// TestNotSent checks that what cannot be sent is an error, and leaves the connection as
// it is.
func TestNotSent(t *testing.T) {
	c := serve(t, productLimits()).dial(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Call(ended, "org.example.test.Secret", nil, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := c.Call(t.Context(), "org.example.test.Echo", echo{Text: strings.Repeat("x", MaxRequest)}, nil); !errors.Is(err, errTooLong) {
		t.Error(err)
	}
	for _, parameters := range []any{make(chan int), "text", []int{1}} {
		if err := c.Call(t.Context(), "org.example.test.Echo", parameters, nil); err == nil {
			t.Errorf("%v was sent", parameters)
		}
	}
	if got := answer(t, c, "org.example.test.Secret", nil); got != "{}" {
		t.Error(got)
	}
}

// TestBrokenReplies checks that a client fails at any reply that is not one, and does
// not use the connection again.
func TestBrokenReplies(t *testing.T) {
	tests := []struct {
		name, reply string
		want        error
	}{
		{name: "nothing", want: io.ErrUnexpectedEOF},
		{name: "half", reply: `{"parameters":`, want: io.ErrUnexpectedEOF},
		{name: "empty", reply: "\x00", want: errMalformed},
		{name: "no JSON", reply: "hello\x00", want: errMalformed},
		{name: "null", reply: "null\x00", want: errMalformed},
		{name: "no object", reply: "[]\x00", want: errMalformed},
		{name: "another type", reply: "{\"error\":1}\x00", want: errMalformed},
		{name: "too long", reply: strings.Repeat(" ", 2*MaxReply), want: errTooLong},
		{name: "several", reply: "{\"continues\":true}\x00{}\x00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			listener, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				f := frames{from: conn, limit: MaxRequest, resize: func(int) error { return nil }}
				if _, err := f.next(); err == nil {
					_, _ = io.WriteString(conn, test.reply)
				}
			}()
			c, err := Dial(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			err = c.Call(t.Context(), "a.B", nil, nil)
			if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), path+": a.B: ") {
				t.Errorf("%v, want %v", err, test.want)
			}
			if again := c.Call(t.Context(), "a.B", nil, nil); again == nil || !errors.Is(again, err) {
				t.Errorf("the next call: %v", again)
			}
		})
	}
}

// FuzzReply reads any message as a reply.
func FuzzReply(f *testing.F) {
	for _, message := range []string{`{}`, ` {"parameters":{"a":1},"continues":true}`, `{"error":"a.B","parameters":{}}`, `null`, ``} {
		f.Add([]byte(message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		r, err := parseReply(message)
		if err == nil && len(r.Parameters) > 0 && !json.Valid(r.Parameters) {
			t.Errorf("%q", r.Parameters)
		}
	})
}
