package cli

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
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
	Error   *documentError `json:"error,omitempty"` // that ended the verb

	Boot *bootPart `json:"boot,omitempty"` // of hide and unhide with --boot: what was done for the next boot

	// Of list and show: what could not be found out, and what of single devices
	// could not be read. Their exit status is 1 then; the rest is in the result.
	Notes  []string        `json:"notes,omitempty"`
	Errors []documentError `json:"errors,omitempty"`
}

// documentError is an error in a document.
type documentError struct {
	Device  string `json:"device,omitempty"` // as sysfs has it, in Errors
	Message string `json:"message"`
}

func errorDocument(err error) *documentError {
	if err == nil {
		return nil
	}
	return &documentError{Message: err.Error()}
}

// errorDocuments is a document for each of the errors that err joins.
func errorDocuments(err error) []documentError {
	var all []documentError
	for _, err := range errorsIn(err) {
		doc := documentError{Message: err.Error()}
		if device := (*pci.DeviceError)(nil); errors.As(err, &device) {
			doc.Device = device.Name
		}
		all = append(all, doc)
	}
	return all
}

// errorsIn are the errors that errors.Join has put together, and joined again.
func errorsIn(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, errorsIn(err)...)
	}
	return all
}

// warnOfAll says each of the errors that err joins on its line.
func (a *app) warnOfAll(err error) {
	for _, err := range errorsIn(err) {
		a.warn(err.Error())
	}
}

// print writes the document.
func (d document) print(w io.Writer) error {
	d.Version = DocumentVersion
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

// failure is what ended a verb, in words that say on which tree.
func (a *app) failure(err error) string {
	if statusOf(err) != StatusUsage && a.root != a.DefaultRoot {
		return err.Error() + " (below " + a.root + ")"
	}
	return err.Error()
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
	a.warn(a.failure(err))
	if status == StatusUsage {
		a.warn("see '" + strings.TrimSpace("xenpci "+verb) + " --help'")
	}
	return status
}
