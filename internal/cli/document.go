package cli

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// DocumentVersion is the version of every JSON document that xenpci prints. It
// changes when a field changes its meaning or goes; new fields do not change
// it.
const DocumentVersion = 1

// document is what --json prints: one for each call.
type document struct {
	Version int            `json:"version"`
	Verb    string         `json:"verb"`
	Status  int            `json:"status"` // the exit status
	Result  any            `json:"result,omitempty"`
	Error   *documentError `json:"error,omitempty"`
}

// documentError is an error in a document.
type documentError struct {
	Message string `json:"message"`
}

func errorDocument(err error) *documentError {
	if err == nil {
		return nil
	}
	return &documentError{Message: err.Error()}
}

// print writes the document.
func (d document) print(w io.Writer) error {
	d.Version = DocumentVersion
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

// fail reports an error that ended a verb and returns the exit status.
func (a *app) fail(verb string, err error) int {
	status := statusOf(err)
	var printed *printedError
	if errors.As(err, &printed) {
		return status
	}
	if a.json {
		_ = document{Verb: verb, Status: status, Error: errorDocument(err)}.print(a.Out)
		return status
	}
	text := err.Error()
	if status != StatusUsage && a.root != a.DefaultRoot {
		text += " (below " + a.root + ")"
	}
	a.warn(text)
	if status == StatusUsage {
		a.warn("see '" + strings.TrimSpace("xenpci "+verb) + " --help'")
	}
	return status
}
