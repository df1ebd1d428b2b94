package varlink

import (
	"encoding/json"
	"fmt"
)

// The errors of the interface org.varlink.service, which every method may return.
const (
	ErrInterfaceNotFound    = "org.varlink.service.InterfaceNotFound"
	ErrMethodNotFound       = "org.varlink.service.MethodNotFound"
	ErrMethodNotImplemented = "org.varlink.service.MethodNotImplemented"
	ErrInvalidParameter     = "org.varlink.service.InvalidParameter"
	ErrPermissionDenied     = "org.varlink.service.PermissionDenied"
	ErrExpectedMore         = "org.varlink.service.ExpectedMore"
)

// Error is an error as a method returns it: a name that its interface declares, and
// parameters.
type Error struct {
	Name       string          // with that of the interface: "org.varlink.service.MethodNotFound"
	Parameters json.RawMessage // a JSON object; nil if there are none
}

// NewError returns an error whose parameters are v as a JSON object; nil stands for
// none. Parameters that cannot be written as an object are left out.
func NewError(name string, v any) *Error {
	if v == nil {
		return &Error{Name: name}
	}
	parameters, err := object(v)
	if err != nil {
		parameters = nil
	}
	return &Error{Name: name, Parameters: parameters}
}

// Error returns the name and the parameters as they were sent.
func (e *Error) Error() string {
	if len(e.Parameters) == 0 {
		return e.Name
	}
	return fmt.Sprintf("%s %s", e.Name, e.Parameters)
}

// InvalidParameter returns the standard error about the parameter of that name.
func InvalidParameter(name string) *Error {
	return NewError(ErrInvalidParameter, map[string]string{"parameter": name})
}

func interfaceNotFound(name string) *Error {
	return NewError(ErrInterfaceNotFound, map[string]string{"interface": name})
}

func methodNotFound(name string) *Error {
	return NewError(ErrMethodNotFound, map[string]string{"method": name})
}

func methodNotImplemented(name string) *Error {
	return NewError(ErrMethodNotImplemented, map[string]string{"method": name})
}
