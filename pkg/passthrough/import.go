package passthrough

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/foreign"
	"github.com/xenpci/xenpci/pkg/pci"
)

// ImportOptions are what is done with what others have configured.
type ImportOptions struct {
	Write bool // declare the devices, and do not only show them
	Force bool // declare also what dom0 needs

	// Ineffective has devices declared too that are not there, and that only settings
	// without effect name.
	Ineffective bool
}

// Imported is which devices other tools, or people, have configured to be hidden.
type Imported struct {
	Devices  []ImportedDevice  `json:"devices"`
	Settings []ImportedSetting `json:"settings"`

	Parameters []ImportedParameter `json:"parameters,omitempty"` // of pciback, beside the lists

	Problems []Remark `json:"problems,omitempty"` // of the declared list
	Notes    []Remark `json:"notes,omitempty"`    // what could not be found out
	Unread   []string `json:"unread,omitempty"`   // files, or parts of them
	LookedAt []string `json:"looked_at"`          // in words: what hides devices elsewhere was not found
	Pciback  *Remark  `json:"pciback,omitempty"`  // which setting keeps pciback from starting
	Written  bool     `json:"written"`            // the devices were to be declared
	List     []Remark `json:"list,omitempty"`     // declared devices that were not found as declared, or that others have set differently
}

// ImportedDevice is one device that others have configured.
type ImportedDevice struct {
	Device   pci.Address   `json:"device"`
	There    bool          `json:"there"`
	Driver   string        `json:"driver,omitempty"` // now
	Outcome  ImportOutcome `json:"outcome"`
	Places   []string      `json:"places"` // where it is meant: "FILE:LINE"
	Declared *Declaration  `json:"declared,omitempty"`
	Refused  *Error        `json:"refused,omitempty"`   // why it is not declared
	Needed   []Finding     `json:"needed,omitempty"`    // what dom0 would lose, also where it was forced
	HiddenBy []string      `json:"hidden_by,omitempty"` // those of the places that hide it at the next boot, as far as they are understood
	Table    string        `json:"table,omitempty"`     // of TOML, that is added to the list
}

// ImportOutcome is what becomes of a device that others have configured.
type ImportOutcome string

// The outcomes of an import.
const (
	ImportPlanned ImportOutcome = "planned"
	ImportDone    ImportOutcome = "done"
	ImportAlready ImportOutcome = "already" // it is declared already
	ImportRefused ImportOutcome = "refused"
	ImportLeftOut ImportOutcome = "left_out" // it is not there, and no setting that names it has an effect
)

// ImportedSetting is one place that is about hiding.
type ImportedSetting struct {
	File     string        `json:"file"`
	Line     int           `json:"line,omitempty"` // absent where the file is one line, or its name is the setting
	Text     string        `json:"text"`
	Devices  []pci.Address `json:"devices"`
	Problems []string      `json:"problems,omitempty"`
	Kernel   []string      `json:"kernel,omitempty"`    // what the kernels that may boot make of it
	NoEffect bool          `json:"no_effect,omitempty"` // no program reads it, or another setting replaces it
}

// ImportedParameter is a parameter of pciback other than hide=, which is for all of its devices.
type ImportedParameter struct {
	File   string        `json:"file"`
	Line   int           `json:"line,omitempty"` // absent where the file is one line
	Text   string        `json:"text"`           // "permissive=1"
	Name   string        `json:"name"`
	Fate   ParameterFate `json:"fate"`
	Reason string        `json:"reason"` // the fate in words
}

// Where returns the place of the parameter: "FILE:LINE", or the file alone.
func (p ImportedParameter) Where() string { return foreign.Where{File: p.File, Line: p.Line}.String() }

// ParameterFate is what becomes of a parameter of pciback once the declared list is in use.
type ParameterFate string

// The fates of parameters.
const (
	ParameterCarried  ParameterFate = "carried_over" // the declared list has it, for each device
	ParameterStays    ParameterFate = "stays"        // it stays in effect where it is
	ParameterLost     ParameterFate = "lost"         // it has an effect now, and none after the next boot
	ParameterNoEffect ParameterFate = "no_effect"    // it has none now either
)

// Where returns the place of the setting: "FILE:LINE", or the file alone.
func (s ImportedSetting) Where() string { return foreign.Where{File: s.File, Line: s.Line}.String() }

// Class returns ClassFailed where something could not be read or declared, and
// ClassRefused where dom0 needs a device that was to be declared.
func (im Imported) Class() Class {
	class := ClassDone
	if len(im.Unread)+len(im.Notes)+len(im.Problems) > 0 {
		class = ClassFailed
	}
	for _, d := range im.Devices {
		switch {
		case !im.Written || d.Refused == nil:
		case len(d.Needed) > 0 && class == ClassDone:
			class = ClassRefused
		case len(d.Needed) == 0:
			class = ClassFailed
		}
	}
	return class
}

// Import reads what others have configured for hiding devices: arguments of
// dom0's kernel, lines for modprobe, the files of driverctl, Qubes and Alpine.
// With Write it declares the devices that are meant, all or none but for those
// that dom0 needs. A device that is not there is left out if no setting that names it has an
// effect. What others wrote stays as it is, and nothing is hidden.
func (v *View) Import(ctx context.Context, o ImportOptions, report func(Event)) (Imported, error) {
	r := newReporter(report)
	var im importing
	err := v.inTurn(ctx, r, !o.Write, func(*os.File) error {
		var err error
		if im, err = v.lookAtForeign(ctx); err != nil {
			return err
		}
		im.judge(v, o, r)
		return im.declare(ctx, v, o.Write)
	})
	switch {
	case err != nil && o.Write:
		return Imported{}, within("nothing was declared", err)
	case err != nil:
		return Imported{}, wrapped(err)
	}
	return im.result(o), nil
}
