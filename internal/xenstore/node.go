package xenstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

const (
	// directoryLimit is the size of the longest list of children that is
	// assembled from parts, in bytes.
	directoryLimit = answerLimit
	// directoryAttempts bounds how often a list is started over because the
	// node changed between two parts.
	directoryAttempts = 10
)

// Read returns the value of a node. The error is an *Error, with fs.ErrNotExist in
// its chain if there is no such node.
func (c *Client) Read(ctx context.Context, path string) (string, error) {
	value, err := c.onNode(ctx, opRead, path, "")
	if err != nil {
		return "", &Error{Op: "read", Path: path, Err: err}
	}
	return string(value), nil
}

// Write sets the value of a node. It creates the node and its parents if they are
// missing. The error is an *Error.
func (c *Client) Write(ctx context.Context, path, value string) error {
	if _, err := c.onNode(ctx, opWrite, path, value); err != nil {
		return &Error{Op: "write", Path: path, Err: err}
	}
	return nil
}

// Remove deletes a node and all nodes below it. As in xenstored, it is not an error
// if the node is missing, but fs.ErrNotExist if its parent is missing too. The
// error is an *Error.
func (c *Client) Remove(ctx context.Context, path string) error {
	if _, err := c.onNode(ctx, opRemove, path, ""); err != nil {
		return &Error{Op: "remove", Path: path, Err: err}
	}
	return nil
}

// Directory returns the names of a node's children, in xenstored's order. The
// error is an *Error, with fs.ErrNotExist in its chain if there is no such node,
// and syscall.E2BIG if there are more than 4096 bytes of names and xenstored cannot
// send them in parts.
func (c *Client) Directory(ctx context.Context, path string) ([]string, error) {
	// The time limit is for all parts together.
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	list, err := c.onNode(ctx, opDirectory, path, "")
	if errors.Is(err, syscall.E2BIG) {
		list, err = c.parts(ctx, path)
	}
	if err != nil {
		return nil, &Error{Op: "list", Path: path, Err: err}
	}
	names, err := cutNames(list)
	if err != nil {
		return nil, &Error{Op: "list", Path: path, Err: err}
	}
	return names, nil
}

// DomainIntroduced reports whether the toolstack has introduced the domain to
// xenstored and not released it yet. The error is an *Error.
func (c *Client) DomainIntroduced(ctx context.Context, domid uint16) (bool, error) {
	name := strconv.Itoa(int(domid))
	answer, err := c.call(ctx, opIntroduced, []byte(name+"\x00"))
	if err == nil {
		switch string(answer) {
		case "T\x00":
			return true, nil
		case "F\x00":
			return false, nil
		}
		err = &protocolError{fmt.Sprintf("%.16q instead of T or F", answer)}
	}
	return false, &Error{Op: "ask", Path: "domain " + name, Err: err}
}

// parts assembles a list that does not fit into one message. Every part has the
// node's generation; if it changes, parts starts over.
func (c *Client) parts(ctx context.Context, path string) ([]byte, error) {
	for range directoryAttempts {
		list, err := c.partsOnce(ctx, path)
		if !errors.Is(err, errChanged) {
			return list, err
		}
	}
	return nil, errChanged
}

var errChanged = errors.New("the list changes faster than it can be read")

func (c *Client) partsOnce(ctx context.Context, path string) ([]byte, error) {
	var list []byte
	first := ""
	for len(list) <= directoryLimit {
		answer, err := c.onNode(ctx, opDirectoryPart, path, strconv.Itoa(len(list))+"\x00")
		if errors.Is(err, syscall.ENOSYS) {
			// oxenstored of Xen 4.17 does not support parts (measured).
			return nil, syscall.E2BIG
		}
		if err != nil {
			return nil, err
		}
		generation, part, last, err := cutPart(answer)
		switch {
		case err != nil:
			return nil, err
		case first == "":
			first = generation
		case generation != first:
			return nil, errChanged
		}
		list = append(list, part...)
		if last {
			return list, nil
		}
	}
	return nil, fmt.Errorf("more than %d bytes of names", directoryLimit)
}

// onNode calls with a path and the rest of the payload.
func (c *Client) onNode(ctx context.Context, op uint32, path, rest string) ([]byte, error) {
	payload, err := pathAnd(path, rest)
	if err != nil {
		return nil, err
	}
	return c.call(ctx, op, payload)
}

// pathAnd returns a payload: a path and the rest. It refuses a path that xenstored could
// read differently.
func pathAnd(path, rest string) ([]byte, error) {
	size := len(path) + 1 + len(rest)
	switch {
	case path == "" || strings.IndexByte(path, 0) >= 0:
		return nil, syscall.EINVAL
	case len(path) > pathLimit:
		return nil, syscall.ENAMETOOLONG
	case size > requestLimit:
		return nil, syscall.E2BIG
	}
	payload := bytes.NewBuffer(make([]byte, 0, size))
	payload.WriteString(path)
	payload.WriteByte(0)
	payload.WriteString(rest)
	return payload.Bytes(), nil
}
