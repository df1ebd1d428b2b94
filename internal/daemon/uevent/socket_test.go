package uevent

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

func open(t *testing.T) *Socket {
	t.Helper()
	s, err := Open()
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EPERM) {
		t.Skip("uevents cannot be heard here:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// send sends messages to a socket as a process of root can.
func send(t *testing.T, to *Socket, text string, times int) {
	t.Helper()
	var port uint32
	err := to.conn.Control(func(fd uintptr) {
		if name, err := unix.Getsockname(int(fd)); err == nil {
			port = name.(*unix.SockaddrNetlink).Pid
		}
	})
	if err != nil || port == 0 {
		t.Fatal("the socket has no port", err)
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for range times {
		err := unix.Sendto(fd, []byte(text), unix.MSG_DONTWAIT, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: port})
		if errors.Is(err, unix.EPERM) {
			t.Skip("only root can send uevents:", err)
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.ENOBUFS) {
			t.Fatal(err)
		}
	}
}

// TestForeign has another process speak as if it were the kernel.
func TestForeign(t *testing.T) {
	s := open(t)
	send(t, s, message("add@/devices/pci0000:00/0000:01:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:01:00.0"), 3)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() { // Next counts what it ignores, and a deadline ends it
		time.Sleep(200 * time.Millisecond)
		cancel()
	}()
	err := s.Listen(ctx, func(e Event) { t.Errorf("it was believed: %v", e) }, func() {})
	if err != nil {
		t.Error(err)
	}
	if s.Seen.Foreign != 3 || s.Seen.Messages != 0 {
		t.Errorf("counted: %+v", s.Seen)
	}
}

// TestRush sends messages faster than they are to wake the reader: none is lost, and most are
// read together.
func TestRush(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const messages = 10 * soon
	ended := make(chan error, 1)
	go func() {
		ended <- s.Listen(ctx, func(e Event) { t.Errorf("it was believed: %v", e) }, func() { t.Error("messages were lost") })
	}()
	for range messages {
		send(t, s, message("add@/devices/pci0000:00/0000:01:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:01:00.0"), 1)
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(3 * gather)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if s.Seen.Foreign != messages || s.Seen.Wakeups > messages/2 {
		t.Errorf("counted %+v of %d messages", s.Seen, messages)
	}
}

func TestCloseEndsNext(t *testing.T) {
	s := open(t)
	ended := make(chan error, 1)
	go func() {
		_, err := s.Next()
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	s.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("Next returned an event")
		}
	case <-time.After(patience):
		t.Error("Next still waits")
	}
}

func TestInherit(t *testing.T) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if s, err := Inherit(fd); err == nil {
		s.Close()
		t.Error("a unix socket was taken for one of uevents")
	}
}
