package xenstoretest

import (
	"slices"
	"strings"
	"syscall"
)

// watch is one watch of a client, for an absolute path or a special one.
type watch struct{ path, token string }

// firesFor reports whether the watch fires for a change: of its node, or of one below.
func (w watch) firesFor(c change) bool {
	return w.path == c.path || !c.exact && (w.path == "/" && c.path[0] == '/' || strings.HasPrefix(c.path, w.path+"/"))
}

// watch carries out Watch and Unwatch. A new watch fires at once, after the answer.
func (c *session) watch(op Op, payload []byte) ([]byte, syscall.Errno) {
	path, rest := cut(payload)
	token, end := cut(rest)
	if rest == nil || end == nil || len(end) > 0 {
		return nil, syscall.EINVAL
	}
	if !strings.HasPrefix(path, "@") {
		absolute, errno := resolve(path)
		if errno != 0 || absolute != path {
			return nil, syscall.EINVAL
		}
	}
	w := watch{path, token}
	at := slices.Index(c.watches, w)
	switch {
	case op == Watch && at >= 0:
		return nil, syscall.EEXIST
	case op == Watch:
		c.watches = append(c.watches, w)
		c.out.later = append(c.out.later, w.event(path)...)
	case at < 0:
		return nil, syscall.ENOENT
	default:
		c.watches = slices.Delete(c.watches, at, at+1)
	}
	return []byte("OK\x00"), 0
}

// event is the message that the watch has fired.
func (w watch) event(path string) []byte {
	return Message(WatchEvent, 0, 0, []byte(path+"\x00"+w.token+"\x00"))
}

// fire sends the events of all changes since the last call. The caller holds the
// server's lock.
func (s *Server) fire() {
	changed := s.store.changed
	s.store.changed = nil
	for _, c := range changed {
		s.fireFor(c)
	}
}

func (s *Server) fireFor(c change) {
	for session := range s.sessions {
		for _, w := range session.watches {
			if w.firesFor(c) {
				session.out.put(w.event(c.path))
			}
		}
	}
}
