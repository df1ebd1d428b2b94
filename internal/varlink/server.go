package varlink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// acceptPause is how long a server waits when it cannot accept a connection for want
// of descriptors or memory.
const acceptPause = 100 * time.Millisecond

// Server answers calls. Its methods may be called from any goroutine.
type Server struct {
	interfaces map[string]Interface
	failed     func(error) *Error
	limits     limits
	budget     *budget
	encoding   sync.Mutex // held by who encodes a reply, so that there is one of unknown length at a time

	mu       sync.Mutex
	open     int            // connections
	users    map[uint32]int // connections of each user who has any
	counters Counters
}

// NewServer returns a server of a service. The error is about the service.
func NewServer(service Service) (*Server, error) {
	return newServer(service, productLimits())
}

func newServer(service Service, limits limits) (*Server, error) {
	interfaces, err := service.index()
	if err != nil {
		return nil, err
	}
	return &Server{
		interfaces: interfaces, failed: service.Error,
		limits: limits, budget: newBudget(limits.buffers),
		users:    map[uint32]int{},
		counters: Counters{Refused: map[Cause]uint64{}},
	}, nil
}

// Serve answers the clients of listener until ctx ends, and returns nil then, or until
// it cannot accept connections any more. It closes the listener, and returns when all
// connections and what ran for them have ended; that takes as long as the methods that
// are under way.
func (s *Server) Serve(ctx context.Context, listener *net.UnixListener) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		<-ctx.Done()
		listener.Close()
	})
	for {
		conn, err := listener.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case passes(err):
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
		case err != nil:
			return fmt.Errorf("accept a connection: %w", err)
		default:
			s.welcome(ctx, conn, &running)
		}
	}
}

// passes reports whether accept(2) failed for a reason that may pass.
func passes(err error) bool {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EPROTO} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// welcome serves a connection, or closes it if there are too many.
func (s *Server) welcome(ctx context.Context, conn *net.UnixConn, running *sync.WaitGroup) {
	peer, err := peerOf(conn)
	if err != nil || !s.admit(peer.UID) {
		conn.Close()
		return
	}
	running.Go(func() {
		defer s.leave(peer.UID)
		serveConnection(ctx, s, conn, peer)
	})
}

// admit counts a connection, unless it is one too many.
func (s *Server) admit(user uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.open >= s.limits.connections,
		user != 0 && s.open-s.users[0] >= s.limits.connections-s.limits.rootConnections:
		s.counters.Refused[TooMany]++
		return false
	case user != 0 && s.users[user] >= s.limits.userConnections:
		s.counters.Refused[TooManyUser]++
		return false
	}
	s.open++
	s.users[user]++
	s.counters.Accepted++
	return true
}

func (s *Server) leave(user uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.users[user]--; s.users[user] == 0 {
		delete(s.users, user)
	}
}
