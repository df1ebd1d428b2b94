package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
)

// LostError reports an entry that does not have the words that it was to have.
type LostError struct {
	File   string
	Line   int // from 1
	Entry  string
	Lacks  []string // words that the entry does not have
	Has    []string // words that it was not to have
	Remedy string   // "" if it is not known
}

// Error names the entry and the words.
func (e *LostError) Error() string {
	if e.Remedy == "" {
		return e.Reason()
	}
	return e.Reason() + "; " + e.Remedy
}

// Reason names the entry and the words.
func (e *LostError) Reason() string {
	var parts []string
	if len(e.Lacks) > 0 {
		parts = append(parts, "does not have "+strings.Join(e.Lacks, " "))
	}
	if len(e.Has) > 0 {
		parts = append(parts, "has "+strings.Join(e.Has, " "))
	}
	return fmt.Sprintf("%s:%d: the entry %q %s", e.File, e.Line, e.Entry, strings.Join(parts, ", and "))
}

// Advice says what to do; "" if that is not known.
func (e *LostError) Advice() string { return e.Remedy }

// Check reads what the boot loader will read: every normal entry that boots Xen and that the
// edit reaches has to have the words, and every recovery entry that is edited itself. It returns a *LostError
// for the first one that has not.
func (p WordPlan) Check(ctx context.Context, h *Host, e WordEdit) error {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return err
	}
	found := false
	for _, entry := range entries {
		reached := !entry.Recovery || e.Recovery && h.Loader.wordsInPlace()
		if w, _ := h.writer(entry); w != bySettings || !reached {
			continue
		}
		found = true
		if err := p.checkEntry(h, e, entry); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%s: no entry boots Xen", h.Loader.Config)
	}
	return h.checkXenServerWords(ctx, e, p)
}

func (p WordPlan) checkEntry(h *Host, e WordEdit, entry Entry) error {
	line, place := entry.Dom0, entry.Line
	if e.Xen {
		line, place = entry.Hypervisor.Arguments, entry.Hypervisor.Line
	}
	words := wordsOf(line)
	lost := &LostError{File: entry.File, Line: place, Entry: entry.Title, Has: e.Others(words)}
	if h.Loader.wordsInPlace() {
		want, err := e.Apply(words, words)
		if err != nil {
			return err
		}
		lost.Lacks = minus(want, words)
	} else {
		lost.Lacks = minus(p.Want, words)
		for _, word := range minus(slices.Concat(p.Now, e.Unsets(words)), p.Want) {
			if slices.Contains(words, word) && !slices.Contains(p.Want, word) && !slices.Contains(lost.Has, word) {
				lost.Has = append(lost.Has, word)
			}
		}
	}
	if len(lost.Lacks)+len(lost.Has) > 0 {
		return lost
	}
	return nil
}

// wordsOf returns the words of a line as they are written.
func wordsOf(line grub.CommandLine) (words []string) {
	for _, a := range line.Arguments() {
		words = append(words, line.String()[a.Start:a.End])
	}
	return words
}

// minus returns the words of a that b has fewer of.
func minus(a, b []string) (more []string) {
	left := slices.Clone(b)
	for _, word := range a {
		if at := slices.Index(left, word); at >= 0 {
			left = slices.Delete(left, at, at+1)
			continue
		}
		more = append(more, word)
	}
	return more
}
