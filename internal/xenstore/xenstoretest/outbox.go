package xenstoretest

import (
	"net"
	"sync"
)

// outbox is what a client has still to be sent. As in a real xenstored, it has no
// bound for dom0, and whoever puts something into it does not wait.
type outbox struct {
	later []byte // is put after the answer to the present request

	mu     sync.Mutex
	bytes  []byte
	more   sync.Cond // of mu: there is something to send, or there will be no more
	closed bool
}

func (o *outbox) put(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes = append(o.bytes, b...)
	o.more.Signal()
}

// close lets send return when everything is sent.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.more.Signal()
}

// send writes to the client until the outbox is closed, and closes the connection then.
func (o *outbox) send(conn net.Conn) {
	defer conn.Close()
	for {
		o.mu.Lock()
		for len(o.bytes) == 0 && !o.closed {
			o.more.Wait()
		}
		bytes := o.bytes
		o.bytes = nil
		o.mu.Unlock()
		if len(bytes) == 0 {
			return
		}
		if _, err := conn.Write(bytes); err != nil {
			return
		}
	}
}
