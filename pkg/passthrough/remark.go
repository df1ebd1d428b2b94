package passthrough

import (
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Remark is something that a person should know: a warning, a note, or what
// verify found wrong.
type Remark struct {
	Device *pci.Address `json:"device,omitempty"` // nil where it concerns no single device
	Code   Code         `json:"code"`
	Reason string       `json:"reason"`
	Advice string       `json:"advice,omitempty"`
}

// String returns the remark on one line: "DEVICE: REASON; ADVICE".
func (r Remark) String() string {
	text := r.Reason
	if r.Device != nil {
		text = r.Device.String() + ": " + text
	}
	if r.Advice != "" {
		text += "; " + r.Advice
	}
	return text
}

func newRemark(w engine.Warning) Remark {
	return Remark{Device: w.Device, Code: Code(w.Code), Reason: w.Reason, Advice: w.Advice}
}

func newRemarks(warnings []engine.Warning) []Remark {
	var all []Remark
	for _, w := range warnings {
		all = append(all, newRemark(w))
	}
	return all
}

// notes returns a remark of one code for each text.
func notes(code Code, texts ...string) []Remark {
	var all []Remark
	for _, text := range texts {
		all = append(all, Remark{Code: code, Reason: text})
	}
	return all
}
