package uevent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// kernelGroup is the multicast group on which the kernel sends. Group 2 has what udev
// has made of it, is silent without udev, and any process of root may send there.
const kernelGroup = 1

// receiveBuffer is for how many bytes of messages the kernel is asked to keep room, some
// tens of thousands: a bus that is rescanned sends one for each device at once.
const receiveBuffer = 16 << 20

// Waking up for a message costs more than reading it. So after soon wake-ups, each less than
// twice gather after the one before, the messages of each gather are read together.
const (
	soon   = 16
	gather = 100 * time.Millisecond
)

// ErrOverrun is that messages were lost, since they came faster than they were read.
var ErrOverrun = errors.New("uevents were lost")

// Socket receives messages. One goroutine may read at a time.
type Socket struct {
	file *os.File
	conn syscall.RawConn
	Seen Counts // what was received; to be read by the goroutine that reads

	buffer, oob []byte    // of the message that is being read
	woken       time.Time // when a message was last waited for
	rush        int       // the last wake-ups that came one soon after another
}

// Counts count messages.
type Counts struct {
	Messages uint64 // of the kernel, about whatever device
	Foreign  uint64 // of another sender, which were ignored
	Garbled  uint64 // that could not be read
	Overruns uint64
	Wakeups  uint64 // that is, messages that had to be waited for
}

// Open makes a socket. It takes no privilege.
func Open() (*Socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("uevent socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("uevent socket: bind: %w", err)
	}
	// Beyond the system's limit only with CAP_NET_ADMIN; a smaller one overruns earlier.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	return use(fd)
}

// Inherit takes a socket that somebody else has made, such as systemd by
// ListenNetlink=kobject-uevent 1. The descriptor is the Socket's from now on.
func Inherit(fd int) (*Socket, error) {
	family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err == nil && family != unix.AF_NETLINK {
		err = errors.New("it is no netlink socket")
	}
	if err == nil {
		unix.CloseOnExec(fd)
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, fmt.Errorf("inherited uevent socket: %w", err)
	}
	return use(fd)
}

func use(fd int) (*Socket, error) {
	// The kernel's messages have its credentials: process 0, user 0.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("uevent socket: credentials: %w", err)
	}
	file := os.NewFile(uintptr(fd), "uevent socket")
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Socket{
		file: file, conn: conn,
		buffer: make([]byte, maxMessage), oob: make([]byte, unix.CmsgSpace(unix.SizeofUcred)),
	}, nil
}

// Close ends a Next that waits in another goroutine.
func (s *Socket) Close() error { return s.file.Close() }

// Next waits for the next message about a PCI device. The error is ErrOverrun, after
// which Next goes on with what is left, or that the socket is closed or broken.
func (s *Socket) Next() (Event, error) {
	for {
		n, ours, err := s.receive()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			s.Seen.Overruns++
			return Event{}, ErrOverrun
		case err != nil:
			return Event{}, err
		case !ours:
			s.Seen.Foreign++
			continue
		}
		s.Seen.Messages++
		e, ok, err := parse(s.buffer[:n])
		switch {
		case err != nil:
			s.Seen.Garbled++
		case ok:
			return e, nil
		}
	}
}

// receive reads one message. ours reports whether the kernel sent it.
func (s *Socket) receive() (n int, ours bool, err error) {
	waited := false
	readErr := s.conn.Read(func(fd uintptr) bool {
		var oobn int
		var from unix.Sockaddr
		n, oobn, _, from, err = unix.Recvmsg(int(fd), s.buffer, s.oob, 0)
		if errors.Is(err, unix.EAGAIN) {
			waited = true
			return false
		}
		ours = err == nil && fromKernel(from, s.oob[:oobn])
		return !errors.Is(err, unix.EINTR)
	})
	if waited && err == nil {
		s.Seen.Wakeups++
		s.wokeUp()
	}
	return n, ours, errors.Join(readErr, err)
}

// wokeUp has the messages that follow gather, in a rush.
func (s *Socket) wokeUp() {
	now := time.Now()
	if now.Sub(s.woken) < 2*gather {
		s.rush++
	} else {
		s.rush = 0
	}
	s.woken = now
	if s.rush >= soon {
		time.Sleep(gather)
	}
}

// fromKernel reports whether the kernel sent a message: netlink shows the sender's port,
// which is 0 for the kernel alone, and its credentials.
func fromKernel(from unix.Sockaddr, oob []byte) bool {
	netlink, ok := from.(*unix.SockaddrNetlink)
	if !ok || netlink.Pid != 0 {
		return false
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		return false
	}
	sender, err := unix.ParseUnixCredentials(&messages[0])
	return err == nil && sender.Pid == 0 && sender.Uid == 0
}

// Listen calls heard for each message, and lost for each overrun, until the context ends
// or the socket breaks. It closes the socket.
func (s *Socket) Listen(ctx context.Context, heard func(Event), lost func()) error {
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer func() {
		if stop() {
			s.Close()
		}
	}()
	for {
		e, err := s.Next()
		switch {
		case err == nil:
			heard(e)
		case errors.Is(err, ErrOverrun):
			lost()
		case ctx.Err() != nil:
			return nil
		default:
			return err
		}
	}
}
