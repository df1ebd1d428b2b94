package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
)

// claimsFile has the claims on all files that are edited in place.
const claimsFile = "/var/lib/xenpci/words.json"

// claimsVersion is that of the format of the file.
const claimsVersion = 1

// claimsDocument is what the file has.
type claimsDocument struct {
	Version int          `json:"version"`
	Files   []fileClaims `json:"files"`
}

// fileClaims are the claims on one file.
type fileClaims struct {
	File string       `json:"file"`
	Xen  []entryClaim `json:"xen"`
	Dom0 []entryClaim `json:"dom0"`
}

type entryClaim struct {
	Title    string `json:"title"`
	Nth      int    `json:"nth,omitempty"` // how many entries of that title come before it
	Recovery bool   `json:"recovery,omitempty"`
	claim
}

// readClaims reads the file of claims; it is empty if there is none.
func readClaims(v change.View) (d claimsDocument, err error) {
	state, err := v.Content(claimsFile)
	if err != nil || !state.Exists {
		return d, err
	}
	if d, err = parseClaims(state.Content); err != nil {
		err = fmt.Errorf("%s: %w", claimsFile, err)
	}
	return d, err
}

// parseClaims parses the content of the file of claims.
func parseClaims(content []byte) (d claimsDocument, err error) {
	if err := json.Unmarshal(content, &d); err != nil {
		return claimsDocument{}, err
	}
	if d.Version != claimsVersion {
		return claimsDocument{}, errors.New("another version of xenpci wrote it")
	}
	for _, f := range d.Files {
		for _, e := range slices.Concat(f.Xen, f.Dom0) {
			if err := e.check(); err != nil {
				return claimsDocument{}, fmt.Errorf("%s: the entry %q: %w", f.File, e.Title, err)
			}
		}
	}
	return d, nil
}

// maxClaimed bounds the words of a list in a claim: those of a line before an edit, and those after it. No
// longer line is edited.
const maxClaimed = 2048

// check returns an error if the words are not those of a line.
func (c claim) check() error {
	for _, words := range [...][]string{c.Added, c.Removed} {
		if len(words) > maxClaimed {
			return fmt.Errorf("more than %d words", maxClaimed)
		}
		for _, w := range words {
			if w == "" || strings.ContainsAny(w, "\n\x00") {
				return fmt.Errorf("%q is not a word", w)
			}
		}
	}
	return nil
}

// of returns the claims on the lines of a file. known is false if the file has none.
func (d claimsDocument) of(file string) (xen, dom0 claims, known bool) {
	for _, f := range d.Files {
		if f.File == file {
			return byTitle(f.Xen), byTitle(f.Dom0), true
		}
	}
	return nil, nil, false
}

func byTitle(entries []entryClaim) claims {
	all := claims{}
	for _, e := range entries {
		all[title{e.Title, e.Nth, e.Recovery}] = e.claim
	}
	return all
}

func (c claims) sorted() []entryClaim {
	entries := []entryClaim{}
	for t, one := range c {
		entries = append(entries, entryClaim{t.text, t.nth, t.recovery, one})
	}
	slices.SortFunc(entries, func(a, b entryClaim) int {
		if order := strings.Compare(a.Title, b.Title); order != 0 {
			return order
		}
		return a.Nth - b.Nth
	})
	return entries
}

// with returns the document with other claims on a file, or with none if on is false.
func (d claimsDocument) with(file string, xen, dom0 claims, on bool) claimsDocument {
	files := slices.DeleteFunc(slices.Clone(d.Files), func(f fileClaims) bool { return f.File == file })
	if on {
		files = append(files, fileClaims{file, xen.sorted(), dom0.sorted()})
	}
	return claimsDocument{claimsVersion, files}
}

// change returns the change by which the file of claims has these.
func (d claimsDocument) change(v change.View) (change.Change, error) {
	var want change.State
	if len(d.Files) > 0 {
		text, err := json.MarshalIndent(d, "", "\t")
		if err != nil {
			return change.Change{}, err
		}
		want = change.State{Exists: true, Content: append(text, '\n')}
	}
	c, err := v.Whole(claimsFile, want, func([]byte) bool { return true })
	c.Record = true
	return c, err
}
