package varlink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxRequest is the longest call that a server reads, in bytes with its NUL.
	MaxRequest = 64 << 10
	// MaxReply is the longest reply that a server sends and a client reads, in bytes
	// with its NUL.
	MaxReply = 1 << 20
	// minBuffer is the size of the buffer of a connection that waits for a message.
	minBuffer = 1 << 10
)

// request is a call as it is sent.
type request struct {
	Method     string          `json:"method"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	More       bool            `json:"more,omitempty"`
	Oneway     bool            `json:"oneway,omitempty"`
	Upgrade    bool            `json:"upgrade,omitempty"`
}

// reply is a reply as it is sent.
type reply struct {
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Continues  bool            `json:"continues,omitempty"`
	Error      string          `json:"error,omitempty"`
}

var (
	errTooLong   = errors.New("the message is too long")
	errMalformed = errors.New("the message is malformed")
)

// frame returns a message: v as JSON, and a NUL. The error is errTooLong if that is
// longer than limit.
func frame(v any, limit int) ([]byte, error) {
	message, err := json.Marshal(v)
	switch {
	case err != nil:
		return nil, err
	case len(message) >= limit:
		return nil, fmt.Errorf("%w: %d bytes, more than %d", errTooLong, len(message)+1, limit)
	}
	return append(message, 0), nil
}

// object returns v as JSON, to be the parameters of a message; nil is an object
// without members.
func object(v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	text, err := json.Marshal(v)
	if err == nil && text[0] != '{' {
		err = fmt.Errorf("parameters of type %T are not a JSON object", v)
	}
	return text, err
}

// parseRequest reads a call, exactly: a member that is not part of the protocol may
// change what a call means. The error is errMalformed.
func parseRequest(message []byte) (request, error) {
	var r request
	if err := decode(message, &r); err != nil || r.More && r.Oneway {
		return request{}, errMalformed
	}
	return r, nil
}

// frames cuts the messages out of a stream, with one buffer. The zero value of what
// is not set by its maker is an empty buffer.
type frames struct {
	from  io.Reader
	limit int
	// resize is called before the buffer becomes longer or shorter, and may refuse the
	// former.
	resize func(by int) error

	buffer  []byte
	message int // where the message begins that next returns
	read    int // where what has been read ends
}

// next returns the next message without its NUL; it is valid until next is called
// again. The error is io.EOF if the stream ends before a message begins, errTooLong,
// the error of resize, or that of the reader.
func (f *frames) next() ([]byte, error) {
	if f.message == f.read {
		f.message, f.read = 0, 0
		if len(f.buffer) > minBuffer {
			if err := f.fit(minBuffer); err != nil {
				return nil, err
			}
		}
	}
	for searched := f.message; ; {
		if end := bytes.IndexByte(f.buffer[searched:f.read], 0); end >= 0 {
			message := f.buffer[f.message : searched+end]
			f.message = searched + end + 1
			return message, nil
		}
		searched = f.read
		if f.read == len(f.buffer) {
			moved := f.message
			if err := f.makeRoom(); err != nil {
				return nil, err
			}
			searched -= moved
		}
		n, err := f.from.Read(f.buffer[f.read:])
		f.read += n
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) && f.read > f.message {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// makeRoom makes a full buffer take more: by moving what is in it to the front, or by
// making it longer.
func (f *frames) makeRoom() error {
	if f.message == 0 {
		if len(f.buffer) >= f.limit {
			return errTooLong
		}
		return f.fit(min(f.limit, max(minBuffer, 2*len(f.buffer))))
	}
	f.read = copy(f.buffer, f.buffer[f.message:f.read])
	f.message = 0
	return nil
}

// fit gives the buffer another size.
func (f *frames) fit(size int) error {
	if err := f.resize(size - len(f.buffer)); err != nil {
		return err
	}
	buffer := make([]byte, size)
	copy(buffer, f.buffer[:f.read])
	f.buffer = buffer
	return nil
}

// free gives the buffer back.
func (f *frames) free() {
	// Less is never refused.
	_ = f.resize(-len(f.buffer))
	f.buffer, f.message, f.read = nil, 0, 0
}
