package passthrough

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/pkg/pci"
)

// ListFile is the file of the declared list that Declare and Import write.
const ListFile = config.File

// Declaration is one device of the declared list, and where it was found.
type Declaration struct {
	Address pci.Address  `json:"address"`        // as it is declared
	Name    string       `json:"name,omitempty"` // the name by which xl is to know it
	File    string       `json:"file"`
	Line    int          `json:"line"`
	Place   Place        `json:"place"`
	Now     *pci.Address `json:"now,omitempty"` // where it is; absent where it was not found
	Reason  string       `json:"reason"`        // the same in words
	Advice  string       `json:"advice,omitempty"`
	Notes   []string     `json:"notes,omitempty"`    // what differs from the declaration and does not decide
	OnDrift Drift        `json:"on_drift,omitempty"` // what the daemon does if the device is in dom0; absent where the daemon's settings decide
}

// Drift is what the daemon does if a declared device is in dom0.
type Drift string

// What the daemon does.
const (
	DriftHide   Drift = "hide"   // hides the device, as Apply does
	DriftReport Drift = "report" // reports it, and leaves it in dom0
)

// Place is what has become of a declared device.
type Place string

// The places. Only the first two say where the device is; with all others it
// stays in dom0.
const (
	PlaceAsDeclared Place = "as_declared" // at its address
	PlaceMoved      Place = "moved"       // at another address
	PlaceAnother    Place = "another"     // another card is in its place
	PlaceAbsent     Place = "absent"      // nothing is
	PlaceAmbiguous  Place = "ambiguous"   // several devices match equally
	PlaceClaimed    Place = "claimed"     // another declaration has the same device
)

// Found reports whether it is known which device is meant.
func (p Place) Found() bool { return p == PlaceAsDeclared || p == PlaceMoved }

var places = map[config.Outcome]Place{
	config.InPlace: PlaceAsDeclared, config.Moved: PlaceMoved, config.Another: PlaceAnother,
	config.Absent: PlaceAbsent, config.Ambiguous: PlaceAmbiguous, config.Claimed: PlaceClaimed,
}

func newDeclaration(f config.Finding) Declaration {
	d := Declaration{Address: f.Address, Name: f.Name, File: f.File, Line: f.Line, Place: places[f.Outcome], Reason: f.Reason(), Advice: f.Advice(), OnDrift: Drift(f.OnDrift)}
	for _, note := range f.Notes {
		d.Notes = append(d.Notes, note.String())
	}
	if f.Found() {
		now := f.Now
		d.Now = &now
	}
	return d
}

func newDeclarations(findings []config.Finding) []Declaration {
	devices := make([]Declaration, len(findings))
	for i, f := range findings {
		devices[i] = newDeclaration(f)
	}
	return devices
}

// declared is the list of /etc/xenpci as it is, or as it would be after edits
// that are planned, and which devices are meant by it now.
type declared struct {
	list     *config.List
	findings []config.Finding
	unread   error // devices of this machine that could not be read; nil for none
}

// declared returns the list, and looks for its devices. The error is that no
// device could be looked at.
func (v *View) declared() (declared, error) {
	list, err := v.openList()
	if err != nil {
		return declared{}, err
	}
	return v.find(list)
}

// openList returns the list as its files are.
func (v *View) openList() (*config.List, error) {
	return v.list.get(func() (*config.List, error) { return config.Open(v.fs), nil })
}

// unreadDevices are the devices of this machine that cannot be read, and so were
// not compared with the declared ones.
func (d declared) unreadDevices() []Remark {
	var all []Remark
	for _, err := range AsErrors(d.unread) {
		all = append(all, err.remark())
	}
	return all
}

// draft returns the list as it is, to be edited in memory.
func (v *View) draft() (declared, error) { return v.find(config.Open(v.fs)) }

// remarks are what is wrong with the list, and which devices were not found as
// they were declared.
func (d declared) remarks() []Remark { return append(problems(d.list), d.places()...) }

// places are the devices that were not found as they were declared.
func (d declared) places() []Remark {
	var all []Remark
	for _, f := range d.findings {
		address := f.Address
		if f.Outcome != config.InPlace {
			code := CodeNotFound
			if f.Found() {
				code = CodeMoved
			}
			all = append(all, Remark{Device: &address, Code: code, Reason: f.Reason(), Advice: f.Advice()})
		}
		for _, note := range f.Notes {
			all = append(all, Remark{Device: &address, Code: CodeDiffers, Reason: note.String()})
		}
	}
	return all
}

// problems are the parts of the list that cannot be read.
func problems(list *config.List) []Remark {
	var all []Remark
	for _, p := range list.Problems() {
		all = append(all, Remark{Code: CodeListInvalid, Reason: p.Place() + ": " + p.Reason, Advice: p.Advice})
	}
	return all
}

// nothing is the error that no device of the list is there.
func (d declared) nothing() error {
	if problems := d.list.Problems(); len(problems) > 0 {
		return &Error{Code: CodeListInvalid, Reason: "no declared device was found, and a part of the list cannot be read: " + problems[0].Error(), Advice: "correct the list first", err: problems}
	}
	if len(d.findings) == 0 {
		return &Error{Code: CodeNotDeclared, Reason: "no device is declared", Advice: "'xenpci hide --boot ID' declares one"}
	}
	return &Error{Code: CodeNotDeclared, Reason: "no declared device was found", Advice: "'xenpci verify' says why"}
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

// expects reports whether a declared device that is nowhere may appear at an address.
func (d declared) expects(a pci.Address) bool {
	return slices.ContainsFunc(d.findings, func(f config.Finding) bool { return f.Address == a && f.Outcome == config.Absent })
}

// has returns the declaration by which a device is hidden already, or one that keeps
// it from being declared: one of several that match it, or one of its address. It
// returns nil for none.
func (d declared) has(a pci.Address) *config.Finding {
	for _, same := range []func(config.Finding) bool{
		func(f config.Finding) bool { return isAt(f, a) },
		func(f config.Finding) bool { return f.Outcome == config.Claimed && !f.Lost && f.Now == a },
		func(f config.Finding) bool { return f.Address == a },
	} {
		for i := range d.findings {
			if same(d.findings[i]) {
				return &d.findings[i]
			}
		}
	}
	return nil
}

// isAt reports whether a declared device was found, there.
func isAt(f config.Finding, a pci.Address) bool { return f.Found() && f.Now == a }

// means reports whether a declared device was found there, or would be if no
// other declaration meant the same one.
func means(f config.Finding, a pci.Address) bool {
	return (f.Found() || f.Outcome == config.Claimed) && f.Now == a
}

// inTheWay is the error that a device cannot be declared while the list has f:
// two declarations cannot have one address, and of two that mean one device none
// takes effect.
func inTheWay(f config.Finding, a pci.Address) error {
	what, advice := "its address", fmt.Sprintf("'xenpci unhide --boot %s' removes that from the list", a)
	switch {
	case f.Outcome == config.Moved:
		advice = "write its present address there"
	case f.Address != a:
		what, advice = "it", fmt.Sprintf("'xenpci unhide --boot %s' removes all of them from the list", a)
	}
	return &Error{Code: CodeDeclared, Device: &a, Reason: fmt.Sprintf("%s is declared at %s:%d: %s %s", what, f.File, f.Line, f.Address, f.Reason()), Advice: advice}
}

// find looks for the devices of a list.
func (v *View) find(list *config.List) (declared, error) {
	d := declared{list: list}
	devices, err := v.allDevices()
	if err != nil && len(devices) == 0 {
		return d, asError(err)
	}
	d.unread = err
	declarations := list.Devices()
	d.findings = config.Match(declarations, config.NewPresent(v.host.root, devices, declarations))
	return d, nil
}
