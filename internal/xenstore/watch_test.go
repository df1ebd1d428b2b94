package xenstore

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

// Nodes that the test of watches uses. The last is written when everything before has
// been reported.
const (
	watched = scratch + "/tree/watched"
	sibling = scratch + "/tree/sibling"
	marker  = scratch + "/marker"
)

// conformWatch tests watches on a xenstored, with changes by the client c.
func conformWatch(t *testing.T, c *Client, watch func(paths ...string) (*Watcher, error)) {
	ctx := t.Context()
	if err := c.Write(ctx, marker, ""); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Remove(context.WithoutCancel(ctx), scratch); err != nil {
			t.Error(err)
		}
	}()
	paths := []string{watched, sibling, IntroduceDomain, ReleaseDomain, "/local/domain/0/backend/pci", marker}
	w, err := watch(paths...)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	tests := []struct {
		name   string
		change func() error
		want   []string
	}{
		{name: "at first", change: func() error { return nil }, want: paths[:len(paths)-1]},
		{name: "nothing", change: func() error { return nil }},
		{name: "made", change: func() error { return c.Write(ctx, watched, "a") }, want: []string{watched}},
		{name: "written", change: func() error { return c.Write(ctx, watched, "b") }, want: []string{watched}},
		{name: "written without a change", change: func() error { return c.Write(ctx, watched, "b") }, want: []string{watched}},
		{name: "below", change: func() error { return c.Write(ctx, watched+"/a/b", "") }, want: []string{watched}},
		{name: "a name that begins so", change: func() error { return c.Write(ctx, watched+"-not", "") }},
		{name: "above", change: func() error { return c.Write(ctx, scratch+"/tree", "") }},
		{name: "removed below", change: func() error { return c.Remove(ctx, watched+"/a") }, want: []string{watched}},
		{name: "removed", change: func() error { return c.Remove(ctx, watched) }, want: []string{watched}},
		{name: "removed again", change: func() error { return c.Remove(ctx, watched) }},
		{name: "both", change: func() error {
			return errors.Join(c.Write(ctx, watched, ""), c.Write(ctx, sibling, ""))
		}, want: []string{watched, sibling}},
		{name: "removed with the one above", change: func() error { return c.Remove(ctx, scratch+"/tree") }, want: []string{watched, sibling}},
	}
	for _, test := range tests {
		if err := test.change(); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		got := upToMarker(t, c, w)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	for _, bad := range []string{"/a//b", "/a b", strings.Repeat("/a", 1900)} {
		if w, err := watch(bad); err == nil {
			t.Errorf("%.20q can be watched", bad)
			w.Close()
		}
	}
}

// upToMarker returns what is reported before the marker, which it writes.
func upToMarker(t *testing.T, c *Client, w *Watcher) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Write(ctx, marker, ""); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for {
		path, err := w.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if path == marker {
			return paths
		}
		paths = append(paths, path)
	}
}

func TestWatch(t *testing.T) {
	root := t.TempDir()
	xenstoretest.Start(t, root)
	conformWatch(t, dial(t, root), func(paths ...string) (*Watcher, error) {
		return Watch(t.Context(), sysfs.New(root), paths...)
	})
}

// TestWatchReal does the same with the machine's own xenstored.
func TestWatchReal(t *testing.T) {
	if os.Getenv("XENPCI_XENSTORE_REAL") != "1" {
		t.Skip("XENPCI_XENSTORE_REAL=1 is not set: this writes into the xenstored of a dom0, below " + scratch)
	}
	conformWatch(t, dial(t, "/"), func(paths ...string) (*Watcher, error) {
		return Watch(t.Context(), sysfs.New("/"), paths...)
	})
}

// TestWatchDevice does the same through /dev/xen/xenbus.
func TestWatchDevice(t *testing.T) {
	if os.Getenv("XENPCI_XENSTORE_REAL") != "1" {
		t.Skip("XENPCI_XENSTORE_REAL=1 is not set: this writes into the xenstored of a dom0, below " + scratch)
	}
	conformWatch(t, dial(t, "/"), func(paths ...string) (*Watcher, error) {
		c, err := dialDevice(t.Context(), sysfs.New("/"), device)
		if err != nil {
			return nil, err
		}
		return watch(t.Context(), c, paths)
	})
}

// watching returns a watcher of a new xenstored that has reported what it does at
// first.
func watching(t *testing.T, paths ...string) (*xenstoretest.Server, *Watcher) {
	t.Helper()
	root := t.TempDir()
	server := xenstoretest.Start(t, root)
	w, err := Watch(t.Context(), sysfs.New(root), paths...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	for _, path := range paths {
		if got, err := w.Next(t.Context()); got != path || err != nil {
			t.Fatalf("%q, %v; want %q", got, err, path)
		}
	}
	return server, w
}

func TestWatchDomains(t *testing.T) {
	server, w := watching(t, IntroduceDomain, ReleaseDomain)
	server.Introduce(7, true)
	if got, err := w.Next(t.Context()); got != IntroduceDomain || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	server.Introduce(7, false)
	if got, err := w.Next(t.Context()); got != ReleaseDomain || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestManyEvents checks that events are taken from xenstored while nobody calls Next,
// and reported once.
func TestManyEvents(t *testing.T) {
	server, w := watching(t, "/a", "/b")
	for range 5000 {
		server.Set("/a/"+strings.Repeat("x", 1000), "")
	}
	server.Set("/b", "")
	got := ""
	for got != "/b" {
		var err error
		if got, err = w.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := w.Next(ctx); got != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRestart ends xenstored under a watcher. What was reported before is not lost, and
// another xenstored can be watched.
func TestRestart(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	root := t.TempDir()
	server := xenstoretest.Start(t, root)
	w, err := Watch(t.Context(), sysfs.New(root), "/a")
	if err != nil {
		t.Fatal(err)
	}
	server.Stop()
	<-w.ended
	if got, err := w.Next(t.Context()); got != "/a" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	var failed *Error
	for range 2 {
		if got, err := w.Next(t.Context()); got != "" || !errors.As(err, &failed) || failed.Op != "watch" || !strings.Contains(err.Error(), "closed the connection") {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if _, err := Watch(t.Context(), sysfs.New(root), "/a"); !errors.Is(err, ErrAbsent) {
		t.Errorf("without a xenstored: %v", err)
	}
	if err := os.Remove(root + xenstoretest.Socket); err != nil {
		t.Fatal(err)
	}
	again := xenstoretest.Start(t, root)
	if w, err = Watch(t.Context(), sysfs.New(root), "/a"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	again.Stop()
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("goroutines are left")
		}
	}
}

func TestCloseEndsNext(t *testing.T) {
	_, w := watching(t, "/a")
	go w.Close()
	if _, err := w.Next(t.Context()); err == nil || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestBadEvents checks that what is no event of a watch ends the watcher.
func TestBadEvents(t *testing.T) {
	tests := []struct {
		name    string
		message []byte
		want    string // "" if it is an event
	}{
		{name: "an event", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a/b\x000\x00"))},
		{name: "of a later version", message: xenstoretest.Message(xenstoretest.WatchEvent, 9, 9, []byte("/a/b\x000\x00more\x00"))},
		{name: "an answer", message: xenstoretest.Message(xenstoretest.Read, 1, 0, []byte("value")), want: "type 2"},
		{name: "empty", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, nil), want: "without its path"},
		{name: "no token", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x00")), want: "without its path"},
		{name: "half a token", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x000")), want: "without its path"},
		{name: "another token", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x001\x00")), want: `token "1"`},
		{name: "a negative one", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x00-1\x00")), want: `token "-1"`},
		{name: "no number", message: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x00x\x00")), want: `token "x"`},
		{name: "oversized", message: []byte("\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"), want: "limit of 1048576"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, w := watching(t, "/a")
			server.Send(test.message)
			got, err := w.Next(t.Context())
			if test.want == "" {
				if got != "/a" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			} else if got != "" || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// TestWatchFails checks the errors of the registration, and that the connection is
// closed.
func TestWatchFails(t *testing.T) {
	event := xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x000\x00"))
	tests := []struct {
		name  string
		fault xenstoretest.Fault
		want  string // "" if it does not fail
	}{
		{name: "refused", fault: xenstoretest.Fault{Error: syscall.EACCES}, want: "(EACCES)"},
		{name: "closed", fault: xenstoretest.Fault{Drop: true}, want: "closed the connection"},
		{name: "silence", fault: xenstoretest.Fault{Hang: true}, want: "deadline"},
		{name: "another answer", fault: xenstoretest.Fault{Raw: xenstoretest.Message(xenstoretest.Read, 1, 0, nil)}, want: "type 2"},
		{name: "events first", fault: xenstoretest.Fault{Before: event}},
		{name: "the kernel's answer", fault: xenstoretest.Fault{Raw: xenstoretest.Message(xenstoretest.Watch, 0, 0, []byte("OK\x00"))}},
		{name: "only events", fault: xenstoretest.Fault{Before: []byte(strings.Repeat(string(event), strayLimit))}, want: "64 events"},
		{name: "a bad event", fault: xenstoretest.Fault{Before: xenstoretest.Message(xenstoretest.WatchEvent, 0, 0, []byte("/a\x00x\x00"))}, want: "token"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			server := xenstoretest.Start(t, root)
			server.Inject(always(test.fault))
			ctx := t.Context()
			if test.fault.Hang {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
				defer cancel()
			}
			w, err := Watch(ctx, sysfs.New(root), "/a")
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				w.Close()
				return
			}
			var failed *Error
			if !errors.As(err, &failed) || failed.Op != "watch" || failed.Path != "/a" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// FuzzEvent reads any payload as an event.
func FuzzEvent(f *testing.F) {
	f.Add([]byte("/a\x000\x00"), 1)
	f.Fuzz(func(t *testing.T, payload []byte, n int) {
		if i, err := eventToken(payload, n); err == nil && (i < 0 || i >= n) {
			t.Errorf("%d of %d", i, n)
		}
	})
}
