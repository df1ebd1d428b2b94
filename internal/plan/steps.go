package plan

import "github.com/xenpci/xenpci/pkg/pciback"

// Step is one thing that an action does, for a person to read.
type Step struct {
	Does  string `json:"does"`            // "unbind", "write to xenstore", "quarantine", ...
	File  string `json:"file,omitempty"`  // the attribute or the node
	Value string `json:"value,omitempty"` // what is written there
}

// String is the step on one line.
func (s Step) String() string {
	switch {
	case s.File == "" && s.Value == "":
		return s.Does
	case s.File == "":
		return s.Does + ": " + s.Value
	case s.Value == "":
		return s.Does + ": " + s.File
	case s.Value == "\n":
		return s.Does + ": " + s.File + ` <- "\n"`
	}
	return s.Does + ": " + s.File + " <- " + s.Value
}

// Steps returns what the action does, in the order in which it is done. store
// says whether xenstored answers; without it the notes for xl are left out.
func (a Action) Steps(store bool) []Step {
	var steps []Step
	add := func(does, file, value string) { steps = append(steps, Step{Does: does, File: file, Value: value}) }
	if a.Release {
		add("take out of Xen's quarantine, if it is there", "", "")
	}
	switch {
	case a.Load == "":
	case a.Verb == Hide:
		add("load the module", "", a.Load)
	default:
		add("load its module, if no driver is there", "", a.Load)
	}
	for _, s := range pciback.Steps(a.Device, a.Origin, a.Target) {
		add(string(s.Op), s.File, s.Value)
	}
	if a.Note != "" && store {
		add("note in xenstore", pciback.LibxlDriverNode(a.Device), pciback.LibxlDriver(a.Note))
	}
	if a.Quarantine {
		add("put into Xen's quarantine, if there is an IOMMU", "", "")
	}
	if a.Permissive {
		add("let a guest write all of its configuration space", pciback.PermissiveFile, a.Device.String())
	}
	if a.Name != "" && store {
		add("note in xenstore", pciback.LibxlNameNode(a.Device), a.Name)
	}
	if a.Forget && store {
		add("remove from xenstore", pciback.LibxlNode(a.Device), "")
	}
	return steps
}
