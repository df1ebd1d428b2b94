// Package xenstoretest is a xenstored for tests: a store in memory behind a
// unix socket, which answers as Xen's C xenstored does. Tests compare it with a
// real xenstored through a table of operations, and run Debian's xenstore tools
// against it. It does not support watches of relative paths, and takes every client for dom0.
package xenstoretest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Socket is the path of the server's socket, below the root of its test.
const Socket = "/run/xenstored/socket"

// headerSize and payloadLimit are defined in io/xs_wire.h, in bytes.
const (
	headerSize   = 16
	payloadLimit = 4096
)

// Server is a running xenstored. Its methods may be called from any goroutine.
type Server struct {
	listener *net.UnixListener
	running  sync.WaitGroup

	mu          sync.Mutex
	store       *store
	introduced  map[uint16]bool
	inject      func(Request) Fault
	connections map[net.Conn]bool
	sessions    map[*session]bool
}

// Request is a client's request, from which a fault is chosen.
type Request struct {
	Op   Op
	Tx   uint32
	Path string // the first string of the payload
}

// Fault is what a client receives instead of, or before, the answer. The zero
// value changes nothing.
type Fault struct {
	Before []byte        // is sent first
	Error  syscall.Errno // is the answer; the request is not carried out
	Raw    []byte        // is sent instead of an answer; the request is not carried out
	Hang   bool          // no answer; the request is not carried out
	Drop   bool          // the connection is closed without an answer
}

// Start serves an empty store at Socket below root until the test ends. As in a
// real one, dom0 is introduced.
func Start(tb testing.TB, root string) *Server {
	tb.Helper()
	dir := filepath.Join(root, filepath.Dir(Socket))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	listener, err := listen(dir)
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{
		listener:    listener,
		store:       newStore(),
		introduced:  map[uint16]bool{0: true},
		connections: map[net.Conn]bool{},
		sessions:    map[*session]bool{},
	}
	s.running.Add(1)
	go s.accept()
	tb.Cleanup(s.Stop)
	return s
}

// listen binds through the directory's descriptor, because root may be longer than
// the 108 bytes of a socket's path.
func listen(dir string) (*net.UnixListener, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	name := fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), filepath.Base(Socket))
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// The path becomes invalid when d is closed, and a dead xenstored leaves its
	// socket behind too.
	listener.SetUnlinkOnClose(false)
	return listener, nil
}

// Stop ends the server as if xenstored had been killed: connections close, and the
// socket stays without a listener. It is not an error to stop it twice.
func (s *Server) Stop() {
	s.listener.Close()
	s.mu.Lock()
	for conn := range s.connections {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Inject makes the server call choose for a fault at every further request; nil
// ends that.
func (s *Server) Inject(choose func(Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inject = choose
}

// Introduce introduces a domain, or releases it.
func (s *Server) Introduce(domid uint16, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.introduced[domid] = known
	if known {
		s.fireFor(change{path: "@introduceDomain"})
	} else {
		s.fireFor(change{path: "@releaseDomain"})
	}
}

// Set writes one node, as another client would.
func (s *Server) Set(path, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.write(path, value)
	s.fire()
}

// Send sends bytes to every client that has a watch.
func (s *Server) Send(bytes []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		if len(session.watches) > 0 {
			session.out.put(bytes)
		}
	}
}

// Nodes returns the path and the value of every node except the root.
func (s *Server) Nodes() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	nodes := map[string]string{}
	s.store.root.walk("", func(path string, n *node) { nodes[path] = n.value })
	return nodes
}

func (s *Server) accept() {
	defer s.running.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.connections[conn] = true
		s.mu.Unlock()
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			s.serve(conn)
		}()
	}
}

// serve answers one client until it closes the connection or a fault does.
func (s *Server) serve(conn net.Conn) {
	session := &session{server: s, transactions: map[uint32]*transaction{}}
	session.out.more.L = &session.out.mu
	s.mu.Lock()
	s.sessions[session] = true
	s.mu.Unlock()
	var sending sync.WaitGroup
	sending.Go(func() { session.out.send(conn) })
	defer func() {
		session.out.close()
		sending.Wait()
		s.mu.Lock()
		delete(s.connections, conn)
		delete(s.sessions, session)
		s.mu.Unlock()
	}()
	for {
		var header [headerSize]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		op := Op(binary.NativeEndian.Uint32(header[0:]))
		request := binary.NativeEndian.Uint32(header[4:])
		tx := binary.NativeEndian.Uint32(header[8:])
		size := binary.NativeEndian.Uint32(header[12:])
		if size > payloadLimit {
			return // as xenstored does if a client violates the protocol
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(conn, payload); err != nil {
			return
		}
		if !s.answer(session, op, request, tx, payload) {
			return
		}
	}
}

// answer sends the answer, and the events that follow from the request. It returns
// false if the connection ends then.
func (s *Server) answer(c *session, op Op, request, tx uint32, payload []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fault Fault
	if s.inject != nil {
		path, _ := cut(payload)
		fault = s.inject(Request{Op: op, Tx: tx, Path: path})
	}
	c.out.put(fault.Before)
	switch {
	case fault.Drop:
		return false
	case fault.Hang:
		return true
	case fault.Raw != nil:
		c.out.put(fault.Raw)
		return true
	}
	errno := fault.Error
	var result []byte
	if errno == 0 {
		result, errno = c.do(op, tx, payload)
	}
	if errno == 0 && len(result) > payloadLimit {
		errno = syscall.E2BIG
	}
	if errno != 0 {
		c.out.put(Message(Error, request, tx, []byte(errnoName(errno)+"\x00")))
	} else {
		c.out.put(Message(op, request, tx, result))
	}
	c.out.put(c.out.later)
	c.out.later = nil
	s.fire()
	return true
}

// Message returns one message of the protocol, for faults that send their own.
func Message(op Op, request, tx uint32, payload []byte) []byte {
	b := make([]byte, 0, headerSize+len(payload))
	for _, field := range []uint32{uint32(op), request, tx, uint32(len(payload))} {
		b = binary.NativeEndian.AppendUint32(b, field)
	}
	return append(b, payload...)
}
