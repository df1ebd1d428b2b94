package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Parse returns the entries of a journal that were begun and not completed, in the
// order in which they were begun. It ignores a last line without a newline, whose
// writer died. Any other malformed line is an error; Parse then also returns the
// entries before it.
func Parse(content []byte) ([]Entry, error) {
	var entries []Entry
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return entries, fmt.Errorf("line %d: %w", number, err)
		}
		if r.Version != Version {
			return entries, fmt.Errorf("line %d: has version %d; this xenpci reads version %d", number, r.Version, Version)
		}
		entries = r.apply(entries)
	}
	return entries, nil
}

// apply returns the open entries after one record.
func (r record) apply(entries []Entry) []Entry {
	find := func(a pci.Address) int {
		return slices.IndexFunc(entries, func(e Entry) bool { return e.Device == a })
	}
	switch {
	case r.Begin != nil:
		if i := find(r.Begin.Device); i >= 0 {
			entries[i] = Entry{Action: *r.Begin}
			return entries
		}
		return append(entries, Entry{Action: *r.Begin})
	case r.Left != nil:
		if i := find(r.Left.Device); i >= 0 {
			entries[i].Left = r.Left.Why
		}
	case r.End != nil:
		if i := find(*r.End); i >= 0 {
			return slices.Delete(entries, i, i+1)
		}
	}
	return entries
}
