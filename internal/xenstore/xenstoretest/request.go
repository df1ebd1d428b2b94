package xenstoretest

import (
	"bytes"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Op is the type of a message: enum xsd_sockmsg_type of io/xs_wire.h.
type Op uint32

// The messages that the server supports.
const (
	Directory          Op = 1
	Read               Op = 2
	GetPermissions     Op = 3
	Watch              Op = 4
	Unwatch            Op = 5
	TransactionStart   Op = 6
	TransactionEnd     Op = 7
	DomainPath         Op = 10
	Write              Op = 11
	Mkdir              Op = 12
	Remove             Op = 13
	SetPermissions     Op = 14
	WatchEvent         Op = 15
	Error              Op = 16
	IsDomainIntroduced Op = 17
	DirectoryPart      Op = 22
)

// session is one connection: transactions and watches belong to it and end with it.
type session struct {
	server       *Server
	transactions map[uint32]*transaction
	last         uint32
	watches      []watch
	out          outbox
}

// transaction is a copy of the tree as it was at its beginning, with its own
// changes.
type transaction struct {
	view  *store
	begun uint64 // the store's generation at the beginning
}

// do carries out one request. The caller holds the server's lock.
func (c *session) do(op Op, tx uint32, payload []byte) ([]byte, syscall.Errno) {
	s := c.server.store
	if tx != 0 {
		t := c.transactions[tx]
		if t == nil {
			return nil, syscall.ENOENT
		}
		s = t.view
	}
	switch op {
	case TransactionStart:
		return c.begin(tx)
	case TransactionEnd:
		return c.end(tx, payload)
	case Watch, Unwatch:
		return c.watch(op, payload)
	case DomainPath:
		id, errno := domain(payload)
		return []byte("/local/domain/" + strconv.Itoa(int(id)) + "\x00"), errno
	case IsDomainIntroduced:
		id, errno := domain(payload)
		if c.server.introduced[id] {
			return []byte("T\x00"), errno
		}
		return []byte("F\x00"), errno
	}
	return onNode(s, op, payload)
}

// onNode carries out a request whose payload begins with a path.
func onNode(s *store, op Op, payload []byte) ([]byte, syscall.Errno) {
	name, rest := cut(payload)
	if rest == nil {
		return nil, syscall.EINVAL
	}
	p, errno := resolve(name)
	if errno != 0 {
		return nil, errno
	}
	switch op {
	case Write, SetPermissions, DirectoryPart:
	default:
		if len(rest) > 0 {
			return nil, syscall.EINVAL
		}
	}
	ok := []byte("OK\x00")
	switch op {
	case Write:
		s.write(p, string(rest))
		return ok, 0
	case Mkdir:
		if _, errno := s.find(p); errno != 0 {
			s.make(p)
			s.changed = append(s.changed, change{path: p})
		}
		return ok, 0
	case Remove:
		return ok, s.remove(p)
	}
	n, errno := s.find(p)
	if errno != 0 {
		return nil, errno
	}
	switch op {
	case Read:
		return []byte(n.value), 0
	case Directory:
		return join(n.names), 0
	case DirectoryPart:
		return part(n, rest)
	case GetPermissions:
		return join(n.permissions), 0
	case SetPermissions:
		if len(rest) < 2 || rest[len(rest)-1] != 0 {
			return nil, syscall.EINVAL
		}
		n.permissions = strings.Split(string(rest[:len(rest)-1]), "\x00")
		s.touch(n)
		s.changed = append(s.changed, change{path: p})
		return ok, 0
	}
	return nil, syscall.ENOSYS
}

// part returns the answer to XS_DIRECTORY_PART: the generation, then as many names
// of children as fit, from an offset in bytes, and an empty name after the last.
func part(n *node, rest []byte) ([]byte, syscall.Errno) {
	text, more := cut(rest)
	offset, err := strconv.Atoi(text)
	if err != nil || more == nil || offset < 0 {
		return nil, syscall.EINVAL
	}
	answer := append(strconv.AppendUint(nil, n.generation, 10), 0)
	list := join(n.names)
	if offset >= len(list) {
		return append(answer, 0), 0
	}
	for list = list[offset:]; len(list) > 0; {
		end := bytes.IndexByte(list, 0) + 1
		if len(answer)+end >= payloadLimit {
			return answer, 0
		}
		answer, list = append(answer, list[:end]...), list[end:]
	}
	return append(answer, 0), 0
}

func (c *session) begin(tx uint32) ([]byte, syscall.Errno) {
	if tx != 0 {
		return nil, syscall.EBUSY
	}
	now := c.server.store
	c.last++
	c.transactions[c.last] = &transaction{view: now.clone(), begun: now.generation}
	return []byte(strconv.Itoa(int(c.last)) + "\x00"), 0
}

// end commits or aborts a transaction. Any change by others since it began is a
// conflict; a real xenstored considers only the nodes that it accessed.
func (c *session) end(tx uint32, payload []byte) ([]byte, syscall.Errno) {
	t := c.transactions[tx]
	verdict, rest := cut(payload)
	if t == nil || rest == nil || verdict != "T" && verdict != "F" {
		return nil, syscall.EINVAL
	}
	delete(c.transactions, tx)
	if verdict == "T" {
		if c.server.store.generation != t.begun {
			return nil, syscall.EAGAIN
		}
		c.server.store = t.view
	}
	return []byte("OK\x00"), 0
}

func domain(payload []byte) (uint16, syscall.Errno) {
	text, rest := cut(payload)
	id, err := strconv.ParseUint(text, 10, 16)
	if err != nil || rest == nil {
		return 0, syscall.EINVAL
	}
	return uint16(id), 0
}

// cut splits payload after its first string. rest is nil if that has no NUL at its
// end.
func cut(payload []byte) (first string, rest []byte) {
	i := bytes.IndexByte(payload, 0)
	if i < 0 {
		return "", nil
	}
	return string(payload[:i]), payload[i+1:]
}

func join(names []string) []byte {
	var list []byte
	for _, name := range names {
		list = append(append(list, name...), 0)
	}
	return list
}

func errnoName(errno syscall.Errno) string { return unix.ErrnoName(errno) }
