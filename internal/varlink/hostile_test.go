package varlink

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// closed waits until the server has closed a connection.
func closed(t *testing.T, conn *net.UnixConn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, conn); n != 0 || errors.Is(err, errDeadline(err)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// errDeadline returns err if it is a timeout.
func errDeadline(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return err
	}
	return errors.New("no timeout")
}

func TestTooLong(t *testing.T) {
	f := serve(t, productLimits())
	conn := f.raw(t)
	go io.WriteString(conn, strings.Repeat("x", 2*MaxRequest))
	closed(t, conn)
	c := f.dial(t)
	if got := answer(t, c, "org.example.test.Echo", echo{Text: strings.Repeat("x", 65000)}); len(got) < 65000 {
		t.Errorf("%d bytes", len(got))
	}
	f.stop()
	if diff := cmp.Diff(map[Cause]uint64{TooLong: 1}, f.Counters().Refused, cmpEmpty()); diff != "" {
		t.Error(diff)
	}
}

// TestTooLate checks that clients who send nothing, half a call, or a call byte by byte
// are closed.
func TestTooLate(t *testing.T) {
	limits := productLimits()
	limits.requestTimeout = 50 * time.Millisecond
	f := serve(t, limits)
	idle, half, slow := f.raw(t), f.raw(t), f.raw(t)
	if _, err := io.WriteString(half, `{"method":`); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			if _, err := io.WriteString(slow, " "); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	for _, conn := range []*net.UnixConn{idle, half, slow} {
		closed(t, conn)
	}
	f.stop()
	if diff := cmp.Diff(map[Cause]uint64{TooLate: 3}, f.Counters().Refused, cmpEmpty()); diff != "" {
		t.Error(diff)
	}
}

// TestLongCallsAreNotLate checks that a method may take longer than a whole request may.
func TestLongCallsAreNotLate(t *testing.T) {
	limits := productLimits()
	limits.requestTimeout = 20 * time.Millisecond
	f := serve(t, limits)
	conn := f.raw(t)
	if _, err := io.WriteString(conn, "{\"method\":\"org.example.test.Hold\"}\x00"); err != nil {
		t.Fatal(err)
	}
	<-f.held
	idle := f.raw(t)
	closed(t, idle) // so much time has passed
	select {
	case <-f.released:
		t.Error("the method ended")
	default:
	}
}

func TestUnread(t *testing.T) {
	limits := productLimits()
	limits.replyTimeout = 50 * time.Millisecond
	f := serve(t, limits)
	conn := f.raw(t)
	if _, err := io.WriteString(conn, strings.Repeat("{\"method\":\"org.example.test.Large\",\"parameters\":{\"bytes\":1000000}}\x00", 3)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the connection ends", func() bool { return f.Counters().Refused[Unread] == 1 && f.Counters().Connections == 0 })
	if diff := cmp.Diff(map[Cause]uint64{Unread: 1}, f.Counters().Refused, cmpEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestTooMany(t *testing.T) {
	limits := productLimits()
	limits.connections, limits.rootConnections, limits.userConnections = 8, 2, 4
	f := serve(t, limits)
	open := func(user, n int) {
		for range n {
			if got := answer(t, f.dialAs(t, user), "org.varlink.service.GetInfo", nil); got == "" {
				t.Error("no answer")
			}
		}
	}
	open(1001, 4)
	closed(t, f.dialAs(t, 1001).conn)
	open(1002, 2)
	closed(t, f.dialAs(t, 1002).conn)
	closed(t, f.dialAs(t, 1003).conn)
	open(0, 2)
	closed(t, f.raw(t))
	want := map[Cause]uint64{TooMany: 3, TooManyUser: 1}
	if diff := cmp.Diff(want, f.Counters().Refused, cmpEmpty()); diff != "" {
		t.Error(diff)
	}
	if counters := f.Counters(); counters.Connections != 8 || counters.Accepted != 8 {
		t.Errorf("%+v", counters)
	}
}

// TestMemoryOfOthers has other users take what they may, which leaves room for root.
func TestMemoryOfOthers(t *testing.T) {
	limits := productLimits()
	limits.requestTimeout, limits.replyTimeout = time.Minute, time.Minute
	f := serve(t, limits)
	greedy := func(user int) {
		for range 30 {
			conn := f.dialAs(t, user).conn
			go io.WriteString(conn, strings.Repeat("x", MaxRequest-10))
		}
	}
	greedy(1001)
	eventually(t, "one user has what it may have", func() bool {
		f.budget.mu.Lock()
		defer f.budget.mu.Unlock()
		return f.budget.of[1001] > userBuffers-MaxRequest
	})
	greedy(1002)
	eventually(t, "the others have what they may have", func() bool {
		f.budget.mu.Lock()
		defer f.budget.mu.Unlock()
		return f.budget.others > sharedBuffers-rootBuffers-MaxRequest
	})
	if got := answer(t, f.dial(t), "org.example.test.Large", large{Bytes: MaxReply - 1000}); len(got) < MaxReply-1000 {
		t.Errorf("%d bytes", len(got))
	}
	f.budget.mu.Lock()
	defer f.budget.mu.Unlock()
	if f.budget.all > sharedBuffers || f.budget.of[1001] > userBuffers || f.budget.of[1002] > userBuffers {
		t.Errorf("%d bytes, %v", f.budget.all, f.budget.of)
	}
}

// TestNoMemory checks that who waits too long for memory is closed, and counted.
func TestNoMemory(t *testing.T) {
	limits := productLimits()
	limits.buffers = 8 << 10
	limits.requestTimeout, limits.replyTimeout = 50*time.Millisecond, 50*time.Millisecond
	f := serve(t, limits)
	conn := f.raw(t)
	if _, err := io.WriteString(conn, "{\"method\":\"org.example.test.Large\",\"parameters\":{\"bytes\":100000}}\x00"); err != nil {
		t.Fatal(err)
	}
	closed(t, conn)
	conn = f.raw(t)
	if _, err := io.WriteString(conn, strings.Repeat("x", 20000)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are counted", func() bool { return f.Counters().Refused[NoMemory] == 2 })
	f.stop()
	if diff := cmp.Diff(map[Cause]uint64{NoMemory: 2}, f.Counters().Refused, cmpEmpty()); diff != "" {
		t.Error(diff)
	}
}

// TestManyClients has 200 clients at once, honest and hostile ones. The honest ones get
// their replies, and nothing is left of any of them.
func TestManyClients(t *testing.T) {
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
	limits := productLimits()
	limits.requestTimeout = 2 * time.Second
	f := serve(t, limits)
	hostile := []func(conn *net.UnixConn, r *rand.Rand){
		func(conn *net.UnixConn, r *rand.Rand) { // garbage
			b := make([]byte, r.IntN(5000))
			for i := range b {
				b[i] = byte(r.IntN(256))
			}
			_, _ = conn.Write(b)
		},
		func(conn *net.UnixConn, _ *rand.Rand) { // half a call
			_, _ = io.WriteString(conn, `{"method":"org.example.test.Echo","parameters":{"text":"`)
			_, _ = io.Copy(io.Discard, conn)
		},
		func(conn *net.UnixConn, _ *rand.Rand) { // oneway without end
			call := strings.Repeat("{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"a\"},\"oneway\":true}\x00", 100)
			for range 3 {
				_, _ = io.WriteString(conn, call)
			}
		},
		func(conn *net.UnixConn, _ *rand.Rand) { // hang up in the middle of a stream
			_, _ = io.WriteString(conn, "{\"method\":\"org.example.test.Count\",\"parameters\":{\"last\":1000000},\"more\":true}\x00")
			_, _ = io.CopyN(io.Discard, conn, 10000)
		},
		func(conn *net.UnixConn, _ *rand.Rand) { // too long
			_, _ = io.WriteString(conn, strings.Repeat("[", 2*MaxRequest))
		},
		func(conn *net.UnixConn, _ *rand.Rand) { // hang up without reading
			_, _ = io.WriteString(conn, strings.Repeat("{\"method\":\"org.example.test.Large\",\"parameters\":{\"bytes\":500000}}\x00", 3))
		},
		func(conn *net.UnixConn, _ *rand.Rand) { // subscribe and go
			_, _ = io.WriteString(conn, "{\"method\":\"org.example.test.Watch\",\"more\":true}\x00")
		},
	}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			if i%2 == 0 {
				conn := f.raw(t)
				hostile[i/2%len(hostile)](conn, r)
				conn.Close()
				return
			}
			c := f.dial(t)
			defer c.Close()
			for n := range 20 {
				text := fmt.Sprint(i, " ", n, strings.Repeat("x", r.IntN(2000)))
				var got echo
				if err := c.Call(t.Context(), "org.example.test.Echo", echo{Text: text}, &got); err != nil || got.Text != text {
					t.Errorf("client %d: %v, %.20q", i, err, got.Text)
					return
				}
			}
		})
	}
	all.Wait()
	eventually(t, "no connection is left", func() bool { return f.Counters().Connections == 0 })
	f.stop()
	if f.budget.all != 0 {
		t.Errorf("%d bytes were not given back", f.budget.all)
	}
	eventually(t, "goroutines and descriptors are gone", func() bool {
		return runtime.NumGoroutine() <= goroutines && openDescriptors(t) <= descriptors
	})
}
