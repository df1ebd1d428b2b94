package boot

import (
	"bytes"
	"slices"

	"github.com/xenpci/xenpci/pkg/grub"
)

// lineClaims are the claims on the two lines of a file.
type lineClaims struct{ xen, dom0 claims }

// claims returns those that are recorded; where none are, nothing in the file is xenpci's.
func (file wordsFile) claims(d claimsDocument, content []byte) (lines lineClaims, err error) {
	if xen, dom0, known := d.of(file.name); known {
		return lineClaims{xen, dom0}, nil
	}
	none := func(xen bool) (claims, error) {
		now, err := file.edit(target{xen: xen, recovery: true}).words(content)
		all := claims{}
		for t := range now {
			all[t] = claim{}
		}
		return all, err
	}
	if lines.xen, err = none(true); err == nil {
		lines.dom0, err = none(false)
	}
	return lines, err
}

// editedWords is what becomes of a file.
type editedWords struct {
	content []byte
	on      bool          // words are left in it that xenpci set
	entries []editedEntry // those that change
	lines   lineClaims    // after the edit
}

// editedEntry is an entry that changes.
type editedEntry struct {
	title     title
	now, want []string
}

// changed edits the words of a line in each entry. before is the content without any words of
// xenpci.
func (file wordsFile) changed(e WordEdit, old, before []byte, lines lineClaims) (r editedWords, err error) {
	edit := file.edit(target{xen: e.Xen, recovery: true})
	line := &lines.dom0
	if e.Xen {
		line = &lines.xen
	}
	now, err := edit.words(old)
	if err != nil {
		return r, err
	}
	first, err := edit.words(before)
	if err != nil {
		return r, err
	}
	former := map[title][]string{} // of the entries that were there before
	for t, words := range now {
		if c, known := (*line)[t]; known {
			former[t] = c.base(words, e.key(e.Xen))
		}
	}
	if err := e.editedSince(now, *line); err != nil {
		return r, err
	}
	ours := e.unsetOurs(now, former)
	r.content, err = edit(old, func(t title, _ grub.CommandLine) grub.Operation {
		if t.recovery && !e.Recovery {
			return grub.Operation{}
		}
		return grub.Rewrite(func(words []string) ([]string, error) {
			keep := slices.DeleteFunc(slices.Clone(ours), func(w string) bool { return !slices.Contains(former[t], w) })
			want, err := e.Apply(words, former[t], keep...)
			if err == nil && len(e.Unsets(words)) > 0 && sameWords(want, first[t]) {
				want = first[t] // in their order
			}
			return want, err
		})
	})
	if err != nil {
		return r, err
	}
	want, err := edit.words(r.content)
	if err != nil {
		return r, err
	}
	claimed := claims{}
	for t, words := range want {
		base, known := former[t]
		if !known {
			base = now[t]
		}
		claimed[t] = next(now[t], words, base)
		if !slices.Equal(now[t], words) {
			r.entries = append(r.entries, editedEntry{t, now[t], words})
		}
	}
	*line = claimed
	r.lines = lines
	if r.on, err = file.hasOurs(e, r.content, lines); err == nil && !r.on {
		r.content = restored(r.content, before)
	}
	return r, err
}

// key returns the function that returns the option that a word of a line sets.
func (e WordEdit) key(xen bool) func(word string) string {
	return func(word string) string { return e.Key(xen, word) }
}

// editedSince returns an error if the edit would remove words with which somebody replaced xenpci's, and
// does not name them.
func (e WordEdit) editedSince(now map[title][]string, line claims) error {
	if e.Names == nil {
		return nil
	}
	for _, t := range inOrder(now) {
		words := now[t]
		if t.recovery && !e.Recovery {
			continue
		}
		for _, word := range e.Unsets(words) {
			of := keyed(e.key(e.Xen), e.Key(e.Xen, word))
			if theirs := line[t].replacedBy(words, of); len(theirs) > 0 && !e.Names(word) {
				return &editedEntryError{t, e.Xen, EditedError{Entry: t.text, Ours: having(line[t].Added, of), Now: theirs}}
			}
		}
	}
	return nil
}

// unsetOurs returns the words that the edit removes and that xenpci set in some entry: an entry
// that had such a word before keeps it.
func (e WordEdit) unsetOurs(now, former map[title][]string) (ours []string) {
	for _, t := range inOrder(now) {
		words := now[t]
		before, there := former[t]
		if !there || t.recovery && !e.Recovery {
			continue
		}
		for _, w := range e.Unsets(words) {
			if !slices.Contains(before, w) {
				ours = append(ours, w)
			}
		}
	}
	return ours
}

// words returns the words of each entry.
func (edit inPlace) words(content []byte) (map[title][]string, error) {
	all := map[title][]string{}
	_, err := edit(content, func(t title, line grub.CommandLine) grub.Operation {
		all[t] = wordsOf(line)
		return grub.Operation{}
	})
	return all, err
}

// hasOurs reports whether some entry has other words than it would have without xenpci, apart from those
// that hide devices.
func (file wordsFile) hasOurs(e WordEdit, content []byte, lines lineClaims) (bool, error) {
	has := func(xen bool, of claims) (bool, error) {
		now, err := file.edit(target{xen: xen, recovery: true}).words(content)
		for t, words := range now {
			base := of[t].base(words, e.key(xen))
			if !sameWords(withoutHiding(words), withoutHiding(base)) {
				return true, err
			}
		}
		return false, err
	}
	if on, err := has(true, lines.xen); on || err != nil {
		return on, err
	}
	return has(false, lines.dom0)
}

// sameWords reports whether two lists have the same words, in whatever order.
func sameWords(a, b []string) bool { return len(a) == len(b) && len(minus(a, b)) == 0 }

func withoutHiding(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), Hides)
}

// restored returns content with the lines of before where the two differ only in blanks, or in a
// line for options that has none. It is for contents whose entries have the same words.
func restored(content, before []byte) []byte {
	now, was := slices.Collect(bytes.Lines(content)), slices.Collect(bytes.Lines(before))
	now = slices.DeleteFunc(now, func(line []byte) bool {
		return string(bytes.TrimSpace(line)) == "options=" && !bytes.Contains(before, line)
	})
	if len(now) != len(was) {
		return slices.Concat(now...)
	}
	for i := range now {
		if bytes.Equal(bytes.Join(bytes.Fields(now[i]), []byte(" ")), bytes.Join(bytes.Fields(was[i]), []byte(" "))) {
			now[i] = was[i]
		}
	}
	return slices.Concat(now...)
}
