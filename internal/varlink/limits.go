package varlink

import "time"

const (
	// MaxConnections is how many connections a server has at a time.
	MaxConnections = 256
	// MaxUserConnections is how many of them one user other than root may have.
	MaxUserConnections = 32
	// RootConnections is how many of them are kept for root.
	RootConnections = 32
	// RequestTimeout is how long a server waits for a whole call, from the end of the
	// one before.
	RequestTimeout = 30 * time.Second
	// ReplyTimeout is how long a client may take to read a reply.
	ReplyTimeout = 10 * time.Second
	// endTimeout takes the place of ReplyTimeout when the server ends.
	endTimeout = time.Second
	// MaxChange is the longest change that a Broadcast sends, in bytes with its NUL.
	MaxChange = 64 << 10
	// MaxQueue is how many changes wait for one subscriber.
	MaxQueue = 64

	// MaxBuffers bounds all messages that are being read, written or queued, in bytes.
	MaxBuffers = 4 << 20
	// sharedBuffers is what connections take of it: one reply and one change are being
	// encoded besides, whose lengths are not known yet.
	sharedBuffers = MaxBuffers - MaxReply - MaxChange
	// rootBuffers are kept for root; userBuffers is what one other user may take.
	rootBuffers = MaxReply + 2*MaxRequest
	userBuffers = MaxReply + 2*MaxRequest
)

// limits are what tests choose for themselves.
type limits struct {
	connections, userConnections, rootConnections int
	requestTimeout, replyTimeout                  time.Duration
	queue                                         int
	buffers                                       int
}

func productLimits() limits {
	return limits{
		connections: MaxConnections, userConnections: MaxUserConnections, rootConnections: RootConnections,
		requestTimeout: RequestTimeout, replyTimeout: ReplyTimeout,
		queue: MaxQueue, buffers: sharedBuffers,
	}
}
