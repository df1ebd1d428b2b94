package cli

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// document is what --json prints: one for each call. The result is a type of
// pkg/passthrough, or what only the command has.
type document struct {
	Version int                 `json:"version"` // passthrough.SchemaVersion
	Verb    string              `json:"verb"`
	Status  int                 `json:"status"`          // the exit status
	Meant   []passthrough.Meant `json:"meant,omitempty"` // by the IDs that are names
	Result  any                 `json:"result,omitempty"`
	Error   *passthrough.Error  `json:"error,omitempty"` // that ended the verb
}

// print writes the document of a verb.
func (a *app) print(verb string, class passthrough.Class, result any) error {
	return a.printBoth(verb, class, result, nil)
}

// printBoth writes the document of a verb that was ended by err after it had done
// something.
func (a *app) printBoth(verb string, class passthrough.Class, result any, err error) error {
	if err := (document{Verb: verb, Status: statuses[class], Meant: a.meant, Result: result, Error: asError(err)}).write(a.Out); err != nil {
		return err
	}
	return reported(class)
}

func (d document) write(w io.Writer) error {
	d.Version = passthrough.SchemaVersion
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

// failure is what ended a verb, with the tree that it happened in.
func (a *app) failure(err error) string {
	if statusOf(err) != StatusUsage && a.root != a.DefaultRoot {
		return err.Error() + " (below " + a.root + ")"
	}
	return err.Error()
}

// fail reports an error that ended a verb and returns the exit status.
func (a *app) fail(verb string, err error) int {
	status := statusOf(err)
	var done *reportedError
	if errors.As(err, &done) {
		return status
	}
	if a.json {
		if (document{Verb: verb, Status: status, Meant: a.meant, Error: asError(err)}).write(a.Out) != nil {
			a.warnOfFailure(err) // nobody gets the document
		}
		return status
	}
	a.warnOfFailure(err)
	if status == StatusUsage {
		a.warn("see '" + strings.TrimSpace("xenpci "+verb) + " --help'")
	}
	return status
}

// warnOfFailure prints what ended a verb, after its causes where there are several;
// nothing for nil.
func (a *app) warnOfFailure(err error) {
	if err == nil {
		return
	}
	for _, cause := range asError(err).Causes {
		a.warn(cause.Error())
	}
	a.warn(a.failure(err))
}

// asError is err as a document has it; nil for nil.
func asError(err error) *passthrough.Error {
	var usage *usageError
	if errors.As(err, &usage) {
		return &passthrough.Error{Code: passthrough.CodeBadOption, Reason: err.Error()}
	}
	return passthrough.AsError(err)
}
