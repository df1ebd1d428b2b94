package passthrough

import (
	"errors"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// traced returns err. If a setting keeps pciback from starting, it first adds where the next
// boot gets that setting from.
func (v *View) traced(err error) error {
	if module := (*pciback.ModuleError)(nil); errors.As(err, &module) {
		v.trace(module.Module.Refused)
	}
	return err
}

// trace adds to an argument of the kernel where the next boot gets it from.
func (v *View) trace(refused *pciback.StartError) {
	if refused != nil && refused.Argument {
		refused.Origins, refused.Gone = boot.Origins(v.fs, refused.Text)
	}
}

// notStarted returns which setting keeps pciback from starting; nil if it has started, or if
// no such setting is known.
func (v *View) notStarted() *Remark {
	m := pciback.New(v.host.root).Module()
	if m.Refused == nil {
		return nil
	}
	v.trace(m.Refused)
	return &Remark{Code: CodeNoPciback, Reason: "pciback is " + string(m.Presence) + ": " + m.Problem(), Advice: m.Advice()}
}

// refused returns why pciback does not start at the next boot if these layers are enabled,
// so that they hide nothing; nil if nothing is known that keeps it from starting.
func (b booting) refused(layers []boot.Name) error {
	why := b.host.Refused(layers)
	if why == nil {
		return nil
	}
	if why.Argument {
		why.Origins, why.Gone = boot.Origins(b.host.FS, why.Text)
	}
	return &Error{Code: CodeNoPciback, Reason: "pciback does not start, and no boot layer hides anything: " + why.Reason(), Advice: why.Advice(), err: why}
}
