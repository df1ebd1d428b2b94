package varlink

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// watch calls Watch and returns a function that returns the next reply.
func watch(t *testing.T, f *fixture, c *Client) func() (state, error) {
	t.Helper()
	replies := make(chan state)
	failed := make(chan error, 1)
	go func() {
		defer close(replies)
		for parameters, err := range c.Stream(t.Context(), "org.example.test.Watch", nil) {
			var s state
			if err == nil {
				err = json.Unmarshal(parameters, &s)
			}
			if err != nil {
				failed <- err
				return
			}
			replies <- s
		}
	}()
	<-f.held
	return func() (state, error) {
		if s, ok := <-replies; ok {
			return s, nil
		}
		return state{}, <-failed
	}
}

func TestBroadcast(t *testing.T) {
	f := serve(t, productLimits())
	next := watch(t, f, f.dial(t))
	other := watch(t, f, f.dialAs(t, 4711))
	// 9 and 10 are part of the state.
	for n := uint64(9); n < 15; n++ {
		if err := f.broadcast.Publish(n, state{Sequence: n, Text: "change"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, next := range []func() (state, error){next, other} {
		want := state{Sequence: 10, Text: "whole"}
		for n := uint64(10); n < 15; n++ {
			if got, err := next(); got != want || err != nil {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
			want = state{Sequence: n + 1, Text: "change"}
		}
	}
	f.stop()
	var failed *Error
	if _, err := next(); !errors.As(err, &failed) || failed.Name != "org.example.test.Failed" {
		t.Error("at the end of the server:", err)
	}
}

func TestBroadcastWithoutSubscribers(t *testing.T) {
	b := NewBroadcast(&Error{Name: "org.example.test.Overrun"})
	if err := b.Publish(1, make(chan int)); err != nil {
		t.Error("a change for nobody was encoded:", err)
	}
}

// TestOverrun has a subscriber that does not read: publishing goes on, and the
// subscriber gets the error once it reads again. One that reads gets all changes.
func TestOverrun(t *testing.T) {
	f := serve(t, productLimits())
	next := watch(t, f, f.dial(t))
	if got, err := next(); got.Sequence != 10 || err != nil {
		t.Fatal(got, err)
	}
	slow := f.raw(t)
	if _, err := io.WriteString(slow, "{\"method\":\"org.example.test.Watch\",\"more\":true}\x00"); err != nil {
		t.Fatal(err)
	}
	<-f.held
	text := strings.Repeat("x", 10000)
	const last = 300
	for n := uint64(11); n <= last; n++ {
		if err := f.broadcast.Publish(n, state{Sequence: n, Text: text}); err != nil {
			t.Fatal(err)
		}
		if got, err := next(); got.Sequence != n || err != nil {
			t.Fatalf("%+v, %v; want %d", got, err, n)
		}
	}
	all, err := io.ReadAll(slow)
	if err != nil {
		t.Fatal(err)
	}
	messages := strings.Split(strings.TrimSuffix(string(all), "\x00"), "\x00")
	for i, message := range messages[:len(messages)-1] {
		var r struct {
			Parameters state
			Continues  bool
		}
		if err := json.Unmarshal([]byte(message), &r); err != nil || r.Parameters.Sequence != uint64(10+i) || !r.Continues {
			t.Errorf("reply %d: %v, %.100s", i, err, message)
		}
	}
	if diff := cmp.Diff(`{"error":"org.example.test.Overrun"}`, messages[len(messages)-1]); diff != "" {
		t.Error(diff)
	}
	counters := f.Counters()
	if counters.Overruns != 1 || len(counters.Refused) != 0 {
		t.Errorf("%+v", counters)
	}
	eventually(t, "its connection has ended", func() bool { return f.Counters().Connections == 1 })
}

// TestOverrunUnread has a subscriber that never reads.
func TestOverrunUnread(t *testing.T) {
	limits := productLimits()
	limits.replyTimeout = 50 * time.Millisecond
	f := serve(t, limits)
	slow := f.raw(t)
	if _, err := io.WriteString(slow, "{\"method\":\"org.example.test.Watch\",\"more\":true}\x00"); err != nil {
		t.Fatal(err)
	}
	<-f.held
	text := strings.Repeat("x", 60000)
	for n := uint64(11); f.Counters().Connections > 0; n++ {
		if err := f.broadcast.Publish(n, state{Sequence: n, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	f.stop()
	if f.budget.all != 0 {
		t.Errorf("%d bytes were not given back", f.budget.all)
	}
}

// TestChangeThatCannotBeSent is missed by every subscriber.
func TestChangeThatCannotBeSent(t *testing.T) {
	f := serve(t, productLimits())
	next := watch(t, f, f.dial(t))
	if got, err := next(); got.Sequence != 10 || err != nil {
		t.Fatal(got, err)
	}
	if err := f.broadcast.Publish(11, state{Text: strings.Repeat("x", MaxChange)}); !errors.Is(err, errTooLong) {
		t.Error(err)
	}
	var failed *Error
	if _, err := next(); !errors.As(err, &failed) || failed.Name != "org.example.test.Overrun" {
		t.Error(err)
	}
}

// TestSubscribersComeAndGo while changes are published: what each gets has no gaps.
func TestSubscribersComeAndGo(t *testing.T) {
	f := serve(t, productLimits())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 5 {
				c := f.dial(t)
				last, got := uint64(0), 0
				for parameters, err := range c.Stream(t.Context(), "org.example.test.Watch", nil) {
					var s state
					if err == nil {
						err = json.Unmarshal(parameters, &s)
					}
					if err != nil || last > 10 && s.Sequence != last+1 {
						t.Errorf("%d after %d, %v", s.Sequence, last, err)
						break
					}
					if last = s.Sequence; last > 10 {
						if got++; got == 5 {
							break
						}
					}
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		all.Wait()
	}()
	for n := uint64(11); ; n++ {
		if err := f.broadcast.Publish(n, state{Sequence: n}); err != nil {
			t.Error(err)
		}
		select {
		case <-done:
			eventually(t, "no subscription is left", func() bool {
				f.broadcast.mu.Lock()
				defer f.broadcast.mu.Unlock()
				return len(f.broadcast.subscriptions) == 0
			})
			return
		case <-time.After(100 * time.Microsecond):
		}
	}
}
