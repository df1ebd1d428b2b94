package passthrough

import (
	"fmt"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// maxName bounds the name of a device for xl, in bytes.
const maxName = 64

// checkName refuses a name that xl could not show or take, or that several devices
// would have.
func checkName(name string, devices int) error {
	if name == "" {
		return nil
	}
	if devices > 1 {
		return &Error{Code: CodeBadOption, Reason: fmt.Sprintf("name %q: a name is for one device, but %d were given", name, devices)}
	}
	if len(name) > maxName {
		return &Error{Code: CodeBadOption, Reason: fmt.Sprintf("name: %d bytes, and at most %d are allowed", len(name), maxName)}
	}
	if err := config.CheckName(name); err != nil {
		return &Error{Code: CodeBadOption, Reason: fmt.Sprintf("name %q: %v", name, err), err: err}
	}
	return nil
}

// check refuses a driver that does not exist under any kernel.
func (o UnhideOptions) check() error {
	if o.Driver == "" {
		return nil
	}
	if err := pciback.CheckDriver(o.Driver); err != nil {
		bad := &Error{Code: CodeBadOption, Reason: err.Error(), err: err}
		if o.Driver == pciback.Name {
			bad.Advice = "'xenpci hide' hides devices"
		}
		return bad
	}
	return nil
}
