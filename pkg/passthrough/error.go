package passthrough

import (
	"encoding/json"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Error is why something was refused or failed.
type Error struct {
	Code       Code          `json:"code"`
	Device     *pci.Address  `json:"device,omitempty"` // nil where it concerns no single device
	Step       StepKind      `json:"step,omitempty"`   // that failed; absent where it was none
	Path       string        `json:"path,omitempty"`   // the file, without the root
	Errno      string        `json:"errno,omitempty"`  // the kernel's name of it: "EBUSY"
	Reason     string        `json:"reason"`
	Advice     string        `json:"advice,omitempty"`
	Candidates []pci.Address `json:"candidates,omitempty"` // of CodeAmbiguous: the devices that an ID may mean
	Causes     []*Error      `json:"causes,omitempty"`     // of an error about several devices: one for each; of CodeNotNow: what failed now; of CodeBadWord: what is wrong with each word

	err error
}

// Error returns "DEVICE: REASON; ADVICE".
func (e *Error) Error() string { return e.remark().String() }

// Unwrap returns the cause; nil where there is none below this package.
func (e *Error) Unwrap() error { return e.err }

// Class returns the class of the error.
func (e *Error) Class() Class { return e.Code.class() }

// MarshalJSON adds the class to the fields.
func (e *Error) MarshalJSON() ([]byte, error) {
	type fields Error
	return json.Marshal(struct {
		Class Class `json:"class"`
		*fields
	}{e.Class(), (*fields)(e)})
}

func (e *Error) remark() Remark {
	return Remark{Device: e.Device, Code: e.Code, Reason: e.Reason, Advice: e.Advice}
}

// later returns err as the failure of what was done for the next boot; nil for
// nil. what says what was done.
func later(what string, err error) error {
	if err == nil {
		return nil
	}
	cause := asError(err)
	e := *cause
	e.Code, e.Reason, e.Causes, e.err = CodeNotNow, what+": "+e.Reason, []*Error{cause}, err
	return &e
}

// within returns err with what failed put before its reason, as "%s: %w" does.
func within(what string, err error) error {
	if err == nil {
		return nil
	}
	e := *asError(err)
	e.Reason, e.err = what+": "+e.Reason, err
	return &e
}

// ClassOf returns the class of an error that this package returned, and of the
// errors of pkg/pci and pkg/pciback. Of several errors that were joined it is
// what they have in common, or ClassFailed.
func ClassOf(err error) Class {
	class := ClassDone
	for _, one := range AsErrors(err) {
		class = Worse(class, one.Class())
	}
	return class
}

// Worse returns the class of two things that were to be done: what they have in
// common, or ClassFailed where they failed differently.
func Worse(a, b Class) Class {
	switch {
	case a == ClassDone || a == b:
		return b
	case b == ClassDone:
		return a
	}
	return ClassFailed
}
