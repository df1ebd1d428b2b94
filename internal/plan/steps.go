package plan

import "github.com/xenpci/xenpci/pkg/pciback"

// Step is one thing that an action does, for a person to read.
type Step struct {
	Kind  StepKind
	File  string // the attribute or the node; "" for none
	Value string // what is written there; "" for nothing
}

// String is the step on one line.
func (s Step) String() string {
	does := s.Kind.String()
	switch {
	case s.File == "" && s.Value == "":
		return does
	case s.File == "":
		return does + ": " + s.Value
	case s.Value == "":
		return does + ": " + s.File
	case s.Value == "\n":
		return does + ": " + s.File + ` <- "\n"`
	}
	return does + ": " + s.File + " <- " + s.Value
}

// Steps returns what the action does, in the order in which it is done. store
// is whether xenstored answers; without it the notes for xl are left out.
func (a Action) Steps(store bool) []Step {
	var steps []Step
	add := func(kind StepKind, file, value string) {
		steps = append(steps, Step{Kind: kind, File: file, Value: value})
	}
	if a.Release {
		add(Release, "", "")
	}
	switch {
	case a.Load == "":
	case a.Verb == Hide:
		add(LoadPciback, "", a.Load)
	default:
		add(LoadDriver, "", a.Load)
	}
	for _, s := range pciback.Steps(a.Device, a.Origin, a.Target) {
		add(StepKind(s.Op), s.File, s.Value)
	}
	if a.Note != "" && store {
		add(NoteOrigin, pciback.LibxlDriverNode(a.Device), pciback.LibxlDriver(a.Note))
	}
	if a.Quarantine {
		add(Quarantine, "", "")
	}
	if a.Permissive {
		add(Permissive, pciback.PermissiveFile, a.Device.String())
	}
	if a.Name != "" && store {
		add(NoteName, pciback.LibxlNameNode(a.Device), a.Name)
	}
	if a.Forget && store {
		add(Forget, pciback.LibxlNode(a.Device), "")
	}
	return steps
}
