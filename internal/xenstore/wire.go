package xenstore

import (
	"encoding/binary"
	"fmt"
	"io"
	"syscall"
)

// The requests that are used here, the answer whose type is not that of its request, and
// the event: enum xsd_sockmsg_type of Xen's public header io/xs_wire.h.
const (
	opDirectory     = 1
	opRead          = 2
	opWatch         = 4
	opWrite         = 11
	opRemove        = 13
	opWatchEvent    = 15
	opError         = 16
	opIntroduced    = 17
	opDirectoryPart = 22
)

const (
	// headerSize is the size of struct xsd_sockmsg, in bytes.
	headerSize = 16
	// payloadLimit is the longest payload that the protocol allows
	// (XENSTORE_PAYLOAD_MAX), in bytes.
	payloadLimit = 4096
	// answerLimit is the longest payload that is read, in bytes: oxenstored
	// exceeds payloadLimit when it lists a node (measured on Xen 4.17). A
	// message that claims to be longer is malformed.
	answerLimit = 1 << 20
	// requestLimit is the longest payload of a request, in bytes. The kernel's
	// /dev/xen/xenbus keeps header and payload in one buffer of 4096 bytes
	// (drivers/xen/xenbus/xenbus_dev_frontend.c).
	requestLimit = payloadLimit - headerSize
	// pathLimit is XENSTORE_ABS_PATH_MAX, in bytes.
	pathLimit = 3072
)

// message is one request or answer: struct xsd_sockmsg and its payload.
type message struct {
	op      uint32
	request uint32 // chosen by the caller, echoed in the answer
	payload []byte
}

// bytes returns the message in the machine's byte order.
func (m message) bytes() []byte {
	b := make([]byte, 0, headerSize+len(m.payload))
	b = binary.NativeEndian.AppendUint32(b, m.op)
	b = binary.NativeEndian.AppendUint32(b, m.request)
	b = binary.NativeEndian.AppendUint32(b, 0) // no transaction
	b = binary.NativeEndian.AppendUint32(b, uint32(len(m.payload)))
	return append(b, m.payload...)
}

// readMessage reads exactly one message. The error is a *protocolError if it is
// malformed.
func readMessage(r io.Reader) (message, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return message{}, err
	}
	m := message{
		op:      binary.NativeEndian.Uint32(header[0:]),
		request: binary.NativeEndian.Uint32(header[4:]),
	}
	size := binary.NativeEndian.Uint32(header[12:])
	if size > answerLimit {
		return message{}, &protocolError{fmt.Sprintf("a message of %d bytes, more than the limit of %d", size, answerLimit)}
	}
	m.payload = make([]byte, size)
	if _, err := io.ReadFull(r, m.payload); err != nil {
		// The stream must not end within a message.
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return message{}, err
	}
	return m, nil
}

// protocolError reports an answer that violates the protocol.
type protocolError struct{ what string }

func (e *protocolError) Error() string { return "xenstored answered with " + e.what }

// parseErrno returns the errno whose name is the payload of an error answer
// (xsd_errors of io/xs_wire.h, with EPERM and EDQUOT of newer versions).
func parseErrno(payload []byte) error {
	name, ok := cutString(payload)
	if !ok || len(name) > 32 {
		return &protocolError{fmt.Sprintf("the error %.32q, which is not an errno's name", payload)}
	}
	switch name {
	case "E2BIG":
		return syscall.E2BIG
	case "EACCES":
		return syscall.EACCES
	case "EAGAIN":
		return syscall.EAGAIN
	case "EBUSY":
		return syscall.EBUSY
	case "EDQUOT":
		return syscall.EDQUOT
	case "EEXIST":
		return syscall.EEXIST
	case "EINVAL":
		return syscall.EINVAL
	case "EIO":
		return syscall.EIO
	case "EISCONN":
		return syscall.EISCONN
	case "EISDIR":
		return syscall.EISDIR
	case "ENOENT":
		return syscall.ENOENT
	case "ENOMEM":
		return syscall.ENOMEM
	case "ENOSPC":
		return syscall.ENOSPC
	case "ENOSYS":
		return syscall.ENOSYS
	case "ENOTEMPTY":
		return syscall.ENOTEMPTY
	case "EPERM":
		return syscall.EPERM
	case "EROFS":
		return syscall.EROFS
	}
	return &protocolError{fmt.Sprintf("the unknown error %q", name)}
}

// cutString returns the payload without its NUL, if it is a single NUL-terminated
// string.
func cutString(payload []byte) (string, bool) {
	end := len(payload) - 1
	if end < 0 || payload[end] != 0 {
		return "", false
	}
	for _, b := range payload[:end] {
		if b == 0 {
			return "", false
		}
	}
	return string(payload[:end]), true
}

// cutNames splits a list of NUL-terminated names.
func cutNames(payload []byte) ([]string, error) {
	var names []string
	start := 0
	for i, b := range payload {
		if b != 0 {
			continue
		}
		if i == start {
			return nil, &protocolError{"a list with an empty name"}
		}
		names = append(names, string(payload[start:i]))
		start = i + 1
	}
	if start != len(payload) {
		return nil, &protocolError{"a list whose last name has no NUL"}
	}
	return names, nil
}

// cutPart splits the answer to XS_DIRECTORY_PART: the generation of the node, then
// a part of the list. An empty name ends the list. An empty part that is not the
// last is an error, since it would make the caller loop for ever.
func cutPart(payload []byte) (generation string, part []byte, last bool, err error) {
	for i, b := range payload {
		if b != 0 {
			continue
		}
		generation, part = string(payload[:i]), payload[i+1:]
		break
	}
	switch {
	case generation == "":
		return "", nil, false, &protocolError{"a part of a list without its generation"}
	case len(part) == 0:
		return "", nil, false, &protocolError{"an empty part of a list"}
	case len(part) == 1 && part[0] == 0:
		return generation, nil, true, nil
	case part[len(part)-1] != 0:
		return "", nil, false, &protocolError{"a part of a list whose last name has no NUL"}
	}
	if part[len(part)-2] == 0 {
		part, last = part[:len(part)-1], true
	}
	return generation, part, last, nil
}
