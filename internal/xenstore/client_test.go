package xenstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

// start returns a client of a new xenstored with the single node /a.
func start(t *testing.T) (*xenstoretest.Server, *Client) {
	root := t.TempDir()
	server := xenstoretest.Start(t, root)
	server.Set("/a", "value")
	return server, dial(t, root)
}

// always returns the same fault for every request.
func always(fault xenstoretest.Fault) func(xenstoretest.Request) xenstoretest.Fault {
	return func(xenstoretest.Request) xenstoretest.Fault { return fault }
}

func TestStrayMessagesArePassedOver(t *testing.T) {
	server, c := start(t)
	watch := xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x00token\x00"))
	// A watch event that by chance has the number of the request.
	watchSame := xenstoretest.Message(xenstoretest.WatchEvent, 1, 0, []byte("/a\x00token\x00"))
	stale := xenstoretest.Message(xenstoretest.Read, 77, 0, []byte("somebody else's"))
	staleError := xenstoretest.Message(xenstoretest.Error, 78, 0, []byte("EINVAL\x00"))
	server.Inject(always(xenstoretest.Fault{
		Before: []byte(string(watch) + string(watchSame) + string(stale) + string(staleError)),
	}))
	if value, err := c.Read(t.Context(), "/a"); value != "value" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}

func TestErrnoOfXenstored(t *testing.T) {
	server, c := start(t)
	for _, errno := range []syscall.Errno{syscall.EACCES, syscall.ENOSPC, syscall.EROFS} {
		server.Inject(always(xenstoretest.Fault{Error: errno}))
		err := c.Write(t.Context(), "/a", "x")
		if diff := cmp.Diff(error(&Error{Op: "write", Path: "/a", Err: errno}), err); diff != "" {
			t.Error(diff)
		}
	}
	server.Inject(nil)
	if value, err := c.Read(t.Context(), "/a"); value != "value" || err != nil {
		t.Errorf("an errno must not cost the connection: %q, %v", value, err)
	}
}

// TestBrokenAnswers checks that a call fails with a descriptive error for any malformed
// answer, and that the connection is not used again.
func TestBrokenAnswers(t *testing.T) {
	tests := []struct {
		name  string
		fault xenstoretest.Fault
		want  string
	}{
		{name: "connection closed", fault: xenstoretest.Fault{Drop: true}, want: "closed the connection"},
		{
			name:  "oversized",
			fault: xenstoretest.Fault{Raw: []byte("\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff")},
			want:  "limit of 1048576",
		},
		{
			name:  "answer to another type",
			fault: xenstoretest.Fault{Raw: xenstoretest.Message(xenstoretest.Write, 1, 0, []byte("OK\x00"))},
			want:  "type 11 to a request of type 2",
		},
		{
			name:  "a flood",
			fault: xenstoretest.Fault{Before: []byte(strings.Repeat(string(xenstoretest.Message(xenstoretest.Read, 99, 0, nil)), strayLimit))},
			want:  "64 messages",
		},
		{
			name:  "half an answer, then the end",
			fault: xenstoretest.Fault{Before: xenstoretest.Message(xenstoretest.Read, 1, 0, []byte("value"))[:headerSize+2], Drop: true},
			want:  "closed the connection",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, c := start(t)
			server.Inject(always(test.fault))
			_, err := c.Read(t.Context(), "/a")
			var failed *Error
			if !errors.As(err, &failed) || failed.Op != "read" || failed.Path != "/a" || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, want %q", err, test.want)
			}
			server.Inject(nil)
			if _, err := c.Read(t.Context(), "/a"); err == nil || !strings.Contains(err.Error(), "connection was closed") {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestUnreadableErrorAnswer checks that a complete but meaningless answer fails only that
// call.
func TestUnreadableErrorAnswer(t *testing.T) {
	server, c := start(t)
	server.Inject(always(xenstoretest.Fault{Raw: xenstoretest.Message(xenstoretest.Error, 1, 0, []byte("EWHAT\x00"))}))
	if _, err := c.Read(t.Context(), "/a"); err == nil || !strings.Contains(err.Error(), `unknown error "EWHAT"`) {
		t.Errorf("%v", err)
	}
	server.Inject(nil)
	if _, err := c.Read(t.Context(), "/a"); err != nil {
		t.Error(err)
	}
}

func TestDeadline(t *testing.T) {
	server, c := start(t)
	server.Inject(always(xenstoretest.Fault{Hang: true}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Read(ctx, "/a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v, want a deadline", err)
	}
	server.Inject(nil)
	_, err := c.Read(t.Context(), "/a")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connection was closed") {
		t.Errorf("the next call: %v", err)
	}
}

func TestCancel(t *testing.T) {
	server, c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	server.Inject(func(xenstoretest.Request) xenstoretest.Fault {
		cancel()
		return xenstoretest.Fault{Hang: true}
	})
	if _, err := c.Read(ctx, "/a"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want cancelled", err)
	}
}

// TestDeadContextCostsNothing checks that a call that was not sent leaves the connection
// usable.
func TestDeadContextCostsNothing(t *testing.T) {
	_, c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if err := c.Write(ctx, "/a", "x"); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v, want cancelled", err)
		}
	}
	if value, err := c.Read(t.Context(), "/a"); value != "value" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}

func TestWaitingForTheTurnIsBounded(t *testing.T) {
	server, c := start(t)
	asked := make(chan struct{}, 1)
	server.Inject(func(xenstoretest.Request) xenstoretest.Fault {
		asked <- struct{}{}
		return xenstoretest.Fault{Hang: true}
	})
	first, stopFirst := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.Read(first, "/a")
		done <- err
	}()
	<-asked
	second, stopSecond := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stopSecond()
	if _, err := c.Read(second, "/a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the one that waits: %v", err)
	}
	stopFirst()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the one under way: %v", err)
	}
}

func TestCloseEndsACall(t *testing.T) {
	server, c := start(t)
	server.Inject(func(xenstoretest.Request) xenstoretest.Fault {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		return xenstoretest.Fault{Hang: true}
	})
	if _, err := c.Read(t.Context(), "/a"); err == nil {
		t.Error("a call on a closed connection gave no error")
	}
	if err := c.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestSharedByGoroutines(t *testing.T) {
	_, c := start(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			path := fmt.Sprintf("/shared/%d", i)
			for n := range 50 {
				want := fmt.Sprint(n)
				if err := c.Write(t.Context(), path, want); err != nil {
					t.Error(err)
					return
				}
				if got, err := c.Read(t.Context(), path); got != want || err != nil {
					t.Errorf("%s: %q, %v; want %q", path, got, err, want)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestRefusedHere checks that requests that are ambiguous, or too long for
// /dev/xen/xenbus, are not sent.
func TestRefusedHere(t *testing.T) {
	server, c := start(t)
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		t.Errorf("sent: %+v", r)
		return xenstoretest.Fault{}
	})
	tests := []struct {
		name, path, value string
		errno             syscall.Errno
	}{
		{name: "no path", errno: syscall.EINVAL},
		{name: "NUL in a path", path: "/a\x00/b", errno: syscall.EINVAL},
		{name: "path too long", path: "/" + strings.Repeat("a", pathLimit), errno: syscall.ENAMETOOLONG},
		{name: "value too long", path: "/a", value: strings.Repeat("a", requestLimit-2), errno: syscall.E2BIG},
	}
	for _, test := range tests {
		err := c.Write(t.Context(), test.path, test.value)
		if diff := cmp.Diff(error(&Error{Op: "write", Path: test.path, Err: test.errno}), err); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, c := start(t)
	_, err := c.Read(t.Context(), "/none")
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if want := "xenstore /none: read: no such file or directory (ENOENT)"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

// TestListThatChanges checks that reading starts over if the node changes between two
// parts, and gives up eventually.
func TestListThatChanges(t *testing.T) {
	server, c := start(t)
	for i := range 300 {
		server.Set(fmt.Sprintf("/many/a-name-of-some-length-%04d", i), "")
	}
	changes := 0
	change := func(limit int) func(xenstoretest.Request) xenstoretest.Fault {
		parts := 0
		return func(r xenstoretest.Request) xenstoretest.Fault {
			if r.Op != xenstoretest.DirectoryPart {
				return xenstoretest.Fault{}
			}
			parts++
			if parts%2 == 0 && changes < limit {
				changes++
				answer := "999999" + fmt.Sprint(changes) + "\x00late\x00"
				return xenstoretest.Fault{Raw: xenstoretest.Message(r.Op, c.last, 0, []byte(answer))}
			}
			return xenstoretest.Fault{}
		}
	}
	server.Inject(change(1))
	if names, err := c.Directory(t.Context(), "/many"); len(names) != 300 || err != nil {
		t.Errorf("one change: %d names, %v", len(names), err)
	}
	server.Inject(change(1000))
	if _, err := c.Directory(t.Context(), "/many"); !errors.Is(err, errChanged) {
		t.Errorf("changes without end: %v", err)
	}
}

// TestListInOneMessage checks the long lists that oxenstored sends in one message.
func TestListInOneMessage(t *testing.T) {
	server, c := start(t)
	list := strings.Repeat("a-name-of-some-length\x00", 1000)
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		return xenstoretest.Fault{Raw: xenstoretest.Message(r.Op, c.last, 0, []byte(list))}
	})
	if names, err := c.Directory(t.Context(), "/many"); len(names) != 1000 || err != nil {
		t.Errorf("%d names, %v", len(names), err)
	}
}

// TestListWithoutParts checks that a long list from a xenstored without support for parts
// is an error, and that the connection stays usable.
func TestListWithoutParts(t *testing.T) {
	server, c := start(t)
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		switch r.Op {
		case xenstoretest.Directory:
			return xenstoretest.Fault{Error: syscall.E2BIG}
		case xenstoretest.DirectoryPart:
			return xenstoretest.Fault{Error: syscall.ENOSYS}
		}
		return xenstoretest.Fault{}
	})
	_, err := c.Directory(t.Context(), "/many")
	if diff := cmp.Diff(error(&Error{Op: "list", Path: "/many", Err: syscall.E2BIG}), err); diff != "" {
		t.Error(diff)
	}
	if _, err := c.Read(t.Context(), "/a"); err != nil {
		t.Error(err)
	}
}

func TestListWithoutEnd(t *testing.T) {
	server, c := start(t)
	endless := []byte("1\x00" + strings.Repeat("n", 4000) + "\x00")
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		if r.Op == xenstoretest.Directory {
			return xenstoretest.Fault{Error: syscall.E2BIG}
		}
		return xenstoretest.Fault{Raw: xenstoretest.Message(r.Op, c.last, 0, endless)}
	})
	if _, err := c.Directory(t.Context(), "/many"); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("%v", err)
	}
}

func TestDomainIntroducedGarbage(t *testing.T) {
	server, c := start(t)
	server.Inject(always(xenstoretest.Fault{Raw: xenstoretest.Message(xenstoretest.IsDomainIntroduced, 1, 0, []byte("?"))}))
	if _, err := c.DomainIntroduced(t.Context(), 3); err == nil || !strings.Contains(err.Error(), "T or F") {
		t.Errorf("%v", err)
	}
}
