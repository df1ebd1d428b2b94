package varlink

import (
	"context"
	"encoding/json"
	"errors"
)

// Call is one call of a method. It is used by the method's own goroutine, until the
// method returns.
type Call struct {
	Peer Peer
	More bool // the client takes more than one reply

	ctx        context.Context
	connection *connection
	parameters json.RawMessage
}

// Parameters reads the parameters into the struct that v points to, strictly: a field
// takes the member of exactly its JSON name; members without a field, members that
// occur twice and members of another type are errors, and so are missing members, unless
// their field is a pointer or has the option omitempty or omitzero. The error is the
// *Error that the client has to be given.
func (c *Call) Parameters(v any) error {
	if len(c.parameters) == 0 {
		return decode([]byte("{}"), v)
	}
	err := decode(c.parameters, v)
	if errors.Is(err, errMalformed) {
		return InvalidParameter("parameters")
	}
	return err
}

// Continue sends a reply after which others follow; its parameters are v as a JSON
// object. A method returns its errors as they are.
func (c *Call) Continue(v any) error {
	if !c.More {
		return NewError(ErrExpectedMore, nil)
	}
	return c.connection.reply(c.ctx, v, true)
}
