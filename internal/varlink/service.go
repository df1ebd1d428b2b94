package varlink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Service is what a server offers. The texts are answers to
// org.varlink.service.GetInfo.
type Service struct {
	Vendor, Product, Version, URL string

	Interfaces []Interface
	// Error returns what a client is told about an error of a method that is not an
	// *Error.
	Error func(error) *Error
}

// Interface is a set of methods with their description.
type Interface struct {
	Name        string // "io.xenpci"
	Description string // in varlink's interface definition language
	Methods     map[string]Method
}

// Method is one method; the key in Interface.Methods is its name without that of the
// interface.
type Method struct {
	Access Access
	// Stream methods must be called with "more".
	Stream bool
	// Handle carries out a call. What it returns are the parameters of the last reply,
	// a value that is a JSON object; nil stands for an object without members. ctx ends
	// when the client has hung up or the server ends; a method whose work has to be
	// finished all the same goes on. A nil Handle means that the method is described
	// and not implemented.
	Handle func(ctx context.Context, call *Call) (any, error)
}

// Access is who may call a method.
type Access int

// The kinds of access.
const (
	RootOnly  Access = iota // user 0
	Everybody               // whoever can connect to the socket
)

const serviceName = "org.varlink.service"

const serviceDescription = `# Describes this service and its interfaces
interface org.varlink.service

# Get what this service is, and the names of its interfaces
method GetInfo() -> (
	vendor: string,
	product: string,
	version: string,
	url: string,
	interfaces: []string
)

# Get the definition of an interface
method GetInterfaceDescription(interface: string) -> (description: string)

# The service does not have this interface
error InterfaceNotFound(interface: string)

# The interface does not have this method
error MethodNotFound(method: string)

# The interface has this method, and the service does not implement it
error MethodNotImplemented(method: string)

# This parameter of the call is wrong, missing or unknown
error InvalidParameter(parameter: string)

# The client may not call this method
error PermissionDenied()

# The method has to be called with "more"
error ExpectedMore()
`

// index is the service's interfaces by name, with org.varlink.service.
func (s Service) index() (map[string]Interface, error) {
	if s.Error == nil {
		return nil, errors.New("a service without a function for its errors")
	}
	interfaces := map[string]Interface{serviceName: s.own()}
	for _, i := range s.Interfaces {
		if _, twice := interfaces[i.Name]; twice || i.Name == "" {
			return nil, fmt.Errorf("interface %q: the name is missing, or taken", i.Name)
		}
		interfaces[i.Name] = i
	}
	return interfaces, nil
}

// find returns the method of that name.
func (s *Server) find(name string) (Method, *Error) {
	dot := max(0, strings.LastIndexByte(name, '.'))
	i, ok := s.interfaces[name[:dot]]
	if !ok {
		return Method{}, interfaceNotFound(name[:dot])
	}
	method, ok := i.Methods[name[dot+1:]]
	switch {
	case !ok:
		return Method{}, methodNotFound(name)
	case method.Handle == nil:
		return Method{}, methodNotImplemented(name)
	}
	return method, nil
}

// own is the interface org.varlink.service.
func (s Service) own() Interface {
	names := []string{serviceName}
	descriptions := map[string]string{serviceName: serviceDescription}
	for _, i := range s.Interfaces {
		names = append(names, i.Name)
		descriptions[i.Name] = i.Description
	}
	slices.Sort(names)
	return Interface{Name: serviceName, Description: serviceDescription, Methods: map[string]Method{
		"GetInfo": {Access: Everybody, Handle: func(_ context.Context, call *Call) (any, error) {
			var none struct{}
			if err := call.Parameters(&none); err != nil {
				return nil, err
			}
			return map[string]any{"vendor": s.Vendor, "product": s.Product, "version": s.Version, "url": s.URL, "interfaces": names}, nil
		}},
		"GetInterfaceDescription": {Access: Everybody, Handle: func(_ context.Context, call *Call) (any, error) {
			var of struct {
				Interface string `json:"interface"`
			}
			if err := call.Parameters(&of); err != nil {
				return nil, err
			}
			description, ok := descriptions[of.Interface]
			if !ok {
				return nil, interfaceNotFound(of.Interface)
			}
			return map[string]string{"description": description}, nil
		}},
	}}
}
