package varlink

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// Peer is the process that connected, as it was then (SO_PEERCRED in unix(7)). The
// process may have ended since, and another may have its number.
type Peer struct {
	UID, GID uint32
	PID      int32
}

// Root reports whether the process ran as root.
func (p Peer) Root() bool { return p.UID == 0 }

func peerOf(conn *net.UnixConn) (Peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var credentials *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		credentials, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err := errors.Join(err, failed); err != nil {
		return Peer{}, err
	}
	return Peer{UID: credentials.Uid, GID: credentials.Gid, PID: credentials.Pid}, nil
}

// untilHangup returns a context that ends when the client has closed the connection,
// and a function that has to be called before the next read. Nothing is read: a client
// may have sent its next calls, or have shut down its side and wait for the reply.
func untilHangup(ctx context.Context, conn *net.UnixConn) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	raw, err := conn.SyscallConn()
	if err == nil {
		err = conn.SetReadDeadline(time.Time{})
	}
	if err != nil {
		cancel()
		return ctx, cancel
	}
	go func() {
		defer close(watched)
		// It is called again at each event of the socket until it returns true.
		if raw.Read(hungUp) == nil {
			cancel()
		}
	}()
	return ctx, func() {
		// A deadline in the past ends the wait; it cannot be set only if the
		// connection is closed, which ends it too.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		<-watched
		cancel()
	}
}

// hungUp reports whether both directions of a socket are closed, as when the other
// end is.
func hungUp(fd uintptr) bool {
	events := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(events, 0)
	return err == nil && n > 0 && events[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
}
