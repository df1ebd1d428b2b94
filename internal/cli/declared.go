package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// declared is the list of /etc/xenpci, and which devices are meant by it now.
type declared struct {
	findings []config.Finding
	problems config.Problems // of the list; the devices that it does not concern still count
	unread   error           // devices of this machine that could not be read; nil for none
}

// readDeclared reads the list and looks for its devices, and warns of devices
// that could not be read. The error is that nothing could be looked at; what is
// wrong with the list is in problems.
func (a *app) readDeclared() (declared, error) {
	d, err := a.lookForDeclared()
	if err == nil && d.unread != nil {
		a.warn(d.unread.Error())
	}
	return d, err
}

// lookForDeclared is readDeclared without a word, for a call that reads the list
// once more.
func (a *app) lookForDeclared() (declared, error) {
	var d declared
	list, err := config.Read(sysfs.New(a.root))
	if !errors.As(err, &d.problems) && err != nil {
		return d, err
	}
	present, err := config.Look(a.root, list)
	if err != nil && len(present) == 0 {
		return d, err
	}
	d.unread = err
	d.findings = config.Match(list, present)
	return d, nil
}

// warnOfDeclared says what is wrong with the list, and which devices were not
// found as they were declared.
func (a *app) warnOfDeclared(d declared) {
	for _, problem := range d.problems {
		a.warn(problem.Error())
	}
	for _, f := range d.findings {
		if f.Outcome != config.InPlace {
			a.warn(f.String())
		}
		for _, note := range f.Notes {
			a.warn(f.Address.String() + ": " + note)
		}
	}
}

// nothing says that no device of the list is there, and what to do.
func (d declared) nothing() error {
	if len(d.problems) > 0 {
		return fmt.Errorf("no device is there that the list declares and that could be understood; mend the list first: %w", d.problems[0])
	}
	return errors.New("no device is declared that is there; 'xenpci hide --boot ID' declares one")
}

// found are the devices that are there.
func (d declared) found() []pci.Address {
	var found []pci.Address
	for _, f := range d.findings {
		if f.Found() {
			found = append(found, f.Now)
		}
	}
	return found
}

// has is the declaration by which a device is hidden already, or one that keeps it
// from being declared: of several that mean it, or of its address. It is nil for
// none.
func (d declared) has(a pci.Address) *config.Finding {
	for _, same := range []func(config.Finding) bool{
		func(f config.Finding) bool { return isAt(f, a) },
		func(f config.Finding) bool { return f.Outcome == config.Claimed && !f.Lost && f.Now == a },
		func(f config.Finding) bool { return f.Address == a },
	} {
		if i := slices.IndexFunc(d.findings, same); i >= 0 {
			return &d.findings[i]
		}
	}
	return nil
}

// isAt says whether a declared device was found, there.
func isAt(f config.Finding, a pci.Address) bool { return f.Found() && f.Now == a }

// means says whether a declared device was found there, or would be if others did
// not mean the same one.
func means(f config.Finding, a pci.Address) bool {
	return (f.Found() || f.Outcome == config.Claimed) && f.Now == a
}

// declaredBy says why a device cannot be declared while the list has f, and what to
// do. Two declarations cannot have one address, and of two that mean one device
// none counts.
func declaredBy(f config.Finding, a pci.Address) error {
	what, advice := "its address", fmt.Sprintf("'xenpci unhide --boot %s' takes that off the list", a)
	switch {
	case f.Outcome == config.Moved:
		advice = "write the address that it has now there"
	case f.Address != a:
		what, advice = "it", fmt.Sprintf("'xenpci unhide --boot %s' takes all of them off the list", a)
	}
	return fmt.Errorf("%s is declared at %s:%d: %s; %s", what, f.File, f.Line, f, advice)
}

// status is the exit status that the list itself deserves.
func (d declared) status() int {
	status := StatusDone
	if len(d.problems) > 0 {
		status = StatusFailed
	}
	for _, f := range d.findings {
		switch {
		case f.Found():
		case f.Outcome == config.Absent && status == StatusDone:
			status = StatusNoDevice
		default:
			status = StatusFailed
		}
	}
	return status
}
