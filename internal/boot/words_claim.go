package boot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
)

// claim is what xenpci has changed in a line of an entry that it edits in place.
type claim struct {
	Added   []string `json:"added,omitempty"`   // words that it set
	Removed []string `json:"removed,omitempty"` // words that these replace, or that it removed
}

// claims are those of the entries of a file. An entry of which nothing has changed has an empty one;
// one that is not among them came later.
type claims map[title]claim

// keyed returns a function that reports whether a word sets an option.
func keyed(key func(string) string, option string) func(word string) bool {
	return func(word string) bool { return key(word) == option }
}

// base returns the words that a line would have without xenpci. now are those that it has. Of an
// option that xenpci set, they are what it replaced, and what somebody has added since. If none of
// xenpci's words is there any more, somebody has replaced them, and the words are theirs.
func (c claim) base(now []string, key func(string) string) []string {
	words := slices.Clone(now)
	for _, option := range c.options(key) {
		of := keyed(key, option)
		have, removed := having(now, of), having(c.Removed, of)
		ours := c.ours(now, of)
		theirs := minus(have, ours)
		switch {
		case len(ours) > 0:
			words = inPlaceOf(words, ours, minus(removed, theirs))
		case len(have) == 0 && len(having(c.Added, of)) == 0: // xenpci removed it
			words = append(words, removed...)
		}
	}
	return words
}

// options returns the options of which xenpci has changed words.
func (c claim) options(key func(string) string) (options []string) {
	for _, word := range slices.Concat(c.Added, c.Removed) {
		if option := key(word); !slices.Contains(options, option) {
			options = append(options, option)
		}
	}
	return options
}

// ours returns the words of an option that xenpci set and that are still there.
func (c claim) ours(now []string, of func(string) bool) []string {
	have := having(now, of)
	return minus(have, minus(have, having(c.Added, of)))
}

// replacedBy returns the words of an option with which somebody replaced xenpci's; none if some of
// xenpci's are there, or what they replaced.
func (c claim) replacedBy(now []string, of func(string) bool) []string {
	have := having(now, of)
	if len(having(c.Added, of)) == 0 || len(c.ours(now, of)) > 0 || slices.Equal(have, having(c.Removed, of)) {
		return nil
	}
	return have
}

// next returns the claim after an edit. It has the words before the edit too, since the process may
// die before the file is written; those that are not in the line are ignored.
func next(now, want, base []string) claim {
	now, want, base = withoutHiding(now), withoutHiding(want), withoutHiding(base)
	more := func(a, b []string) []string { return append(a, minus(b, a)...) }
	return claim{
		Added:   more(minus(want, base), minus(now, base)),
		Removed: more(minus(base, want), minus(base, now)),
	}
}

// having returns the words for which is reports true.
func having(words []string, is func(string) bool) (found []string) {
	for _, w := range words {
		if is(w) {
			found = append(found, w)
		}
	}
	return found
}

// inPlaceOf removes the words that go, and puts others where the last of them was.
func inPlaceOf(words, gone, others []string) (all []string) {
	left := slices.Clone(gone)
	for _, w := range slices.Backward(words) {
		at := slices.Index(left, w)
		switch {
		case at < 0:
			all = append(all, w)
			continue
		case len(left) == len(gone): // the last one
			for _, other := range slices.Backward(others) {
				all = append(all, other)
			}
		}
		left = slices.Delete(left, at, at+1)
	}
	slices.Reverse(all)
	return all
}

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
	if err := json.Unmarshal(state.Content, &d); err != nil {
		return d, fmt.Errorf("%s: %w", claimsFile, err)
	}
	if d.Version != claimsVersion {
		return d, fmt.Errorf("%s: another version of xenpci wrote it", claimsFile)
	}
	return d, nil
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

// EditedError reports an option that somebody has changed in an entry after xenpci set it.
type EditedError struct {
	File  string
	Line  int // from 1; 0 if it is not known
	Entry string
	Ours  []string // words that xenpci set
	Now   []string // words that the entry has
}

// editedEntryError is an EditedError without the file and the line of the entry.
type editedEntryError struct {
	title title
	xen   bool
	EditedError
}

// Error names the entry and the words.
func (e *EditedError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the entry and the words.
func (e *EditedError) Reason() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return fmt.Sprintf("%s: the entry %q has %s: somebody replaced %s, which 'xenpci host set' had set",
		place, e.Entry, strings.Join(e.Now, " "), strings.Join(e.Ours, " "))
}

// Advice says how to remove the words all the same.
func (e *EditedError) Advice() string { return "name the whole word to remove it" }
