package varlink

// Cause is why a server refuses a connection, or ends one.
type Cause string

// The causes.
const (
	TooMany     Cause = "too_many"      // the server has MaxConnections, or those that are not kept for root
	TooManyUser Cause = "too_many_user" // the user has MaxUserConnections
	TooLong     Cause = "too_long"      // a call is longer than MaxRequest
	TooLate     Cause = "too_late"      // a call was not whole after RequestTimeout
	Malformed   Cause = "malformed"     // what came is not a call
	Unread      Cause = "unread"        // the client did not read a reply within ReplyTimeout
	NoMemory    Cause = "no_memory"     // there was no room for a message within MaxBuffers
)

// Counters count what a server has done since it was made.
type Counters struct {
	Connections int              // that are open now
	Accepted    uint64           // connections
	Refused     map[Cause]uint64 // connections that were refused, or ended, by cause
	Requests    uint64           // calls that were read whole
	Overruns    uint64           // subscribers that did not keep up
}

// Counters returns the present counts.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	counters := s.counters
	counters.Connections = s.open
	counters.Refused = make(map[Cause]uint64, len(s.counters.Refused))
	for cause, n := range s.counters.Refused {
		counters.Refused[cause] = n
	}
	return counters
}

func (s *Server) count(add func(*Counters)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.counters)
}

func (s *Server) refuse(cause Cause) {
	s.count(func(c *Counters) { c.Refused[cause]++ })
}
