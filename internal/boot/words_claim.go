package boot

import (
	"fmt"
	"slices"
	"strings"
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
