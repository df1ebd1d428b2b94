package passthrough

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/engine"
)

// Verdict is what Hide would do with a device if it were given that one alone.
type Verdict struct {
	Verdict VerdictKind `json:"verdict"`
	Class   Class       `json:"class"`            // of the error that Hide would return
	Code    Code        `json:"code,omitempty"`   // why it is refused
	Reason  string      `json:"reason,omitempty"` // the same for people
	Short   string      `json:"short,omitempty"`  // the same in a few words
	Advice  string      `json:"advice,omitempty"` // what to do
}

// VerdictKind is the kind of a verdict.
type VerdictKind string

// The kinds of verdicts.
const (
	VerdictYes     VerdictKind = "yes"
	VerdictAlready VerdictKind = "already" // it is hidden already
	VerdictRefused VerdictKind = "refused"
)

// String returns the verdict on one line.
func (v Verdict) String() string {
	text := string(v.Verdict)
	if v.Reason != "" {
		text += ": " + v.Reason
	}
	if v.Advice != "" {
		text += "; " + v.Advice
	}
	return text
}

func newVerdict(d engine.Verdict) Verdict {
	switch {
	case d.Err != nil:
		err := asError(d.Err)
		v := Verdict{VerdictRefused, err.Class(), err.Code, err.Reason, err.Reason, err.Advice}
		if why := needed(d.Err); why != nil {
			v.Reason, v.Short = strings.Join(why.Reasons(), "; "), why.Findings[0].Short
			if more := len(why.Findings) - 1; more > 0 {
				v.Short += fmt.Sprintf("; and %d more", more)
			}
		}
		return v
	case d.Already:
		return Verdict{Verdict: VerdictAlready, Class: ClassDone}
	}
	return Verdict{Verdict: VerdictYes, Class: ClassDone}
}
