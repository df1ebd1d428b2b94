package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// WordEdit is an edit of the words of one of the two command lines of the entries that boot Xen.
type WordEdit struct {
	Xen      bool // of Xen's line, not of dom0's
	Recovery bool // also in the entries for recovery

	// Apply returns the words that a line is to have. words are those that it has now, before
	// those that it had before xenpci set any, keep those that it keeps though the edit removes
	// them.
	Apply func(words, before []string, keep ...string) ([]string, error)

	// Others returns the words of a line that must not be there after the edit, beside those that
	// it sets.
	Others func(words []string) []string

	// Unsets returns the words of a line that the edit removes, unless they come back.
	Unsets func(words []string) []string

	// Names reports whether the edit names the word itself, and not only its option. It may be nil.
	Names func(word string) bool

	// Key returns the option that a word of Xen's line sets, or one of dom0's.
	Key func(xen bool, word string) string
}

// WordPlan is the plan of such an edit.
type WordPlan struct {
	change.Plan

	// Now are the words before the change, and Want those after it: of the settings, or of the
	// entry that boots by default.
	Now, Want []string

	// Entries are the entries that change where they are edited in place.
	Entries []EntryWords

	// Fixed are settings of GRUB that have no effect any more on the entries with Xen, because
	// xenpci's file or block has their whole value.
	Fixed []FixedSetting
}

// EntryWords are the words of one entry.
type EntryWords struct {
	Title     string
	File      string
	Line      int // from 1; 0 if it is not known
	Now, Want []string
}

// FixedSetting is a setting of GRUB that xenpci's own replaces.
type FixedSetting struct {
	Name string // "GRUB_CMDLINE_XEN_DEFAULT"
	File string
	Line int // from 1
	By   string
}

// SharedError reports a word of a setting that the recovery entries have too.
type SharedError struct {
	Setting string // "GRUB_CMDLINE_XEN"
	Words   []string
}

// Error names the setting.
func (e *SharedError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the setting, and the words that would have to be changed.
func (e *SharedError) Reason() string {
	return fmt.Sprintf("%s is in %s, which the recovery entries have too", strings.Join(e.Words, " "), e.Setting)
}

// Advice says how to change these too.
func (e *SharedError) Advice() string { return "say --recovery to change them too" }

// ByHandError reports command lines that xenpci does not write, and where a person changes them.
type ByHandError struct{ Why, Place string }

// Error returns the reason and the advice.
func (e *ByHandError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason says why xenpci does not write them.
func (e *ByHandError) Reason() string { return e.Why }

// Advice names the place.
func (e *ByHandError) Advice() string { return "change " + e.Place + " by hand" }

// LookAtLoader returns what is known of this machine's boot loader, and of nothing else.
func LookAtLoader(f sysfs.FS) (*Host, error) {
	l, err := FindLoader(f)
	return &Host{FS: f, Loader: l}, err
}

// PlanWords plans an edit of the words of a command line, where the boot loader of this machine
// has them. The errors are those of Apply, a *SharedError, a *ByHandError, or about a file.
func PlanWords(ctx context.Context, h *Host, e WordEdit) (p WordPlan, err error) {
	if err := h.editsWords(e); err != nil {
		return p, err
	}
	switch {
	case h.Loader.Kind == GRUB2 && h.Loader.Generated:
		p, err = h.planSettings(e)
	case h.Loader.wordsInPlace():
		return h.planInPlace(e)
	default:
		p, err = h.planOptions(e)
	}
	if err == nil && (len(p.Changes) > 0 || p.Check(ctx, h, e) != nil) {
		p.Generate(h) // also where an earlier run wrote the settings, and did not run it
	}
	return p, err
}

// Hides reports whether a word of dom0's line hides devices: 'xenpci host set' leaves these to the
// boot layers.
func Hides(word string) bool {
	key, _, _ := strings.Cut(word, "=")
	key = strings.ReplaceAll(key, "-", "_")
	return key == "xen_pciback.hide" || key == "pciback.hide"
}

// editsWords returns why xenpci does not edit command lines of this boot loader.
func (h *Host) editsWords(e WordEdit) error {
	l := h.Loader
	switch {
	case !l.Known():
		return &ByHandError{"no boot loader was found that xenpci knows", "the entry that boots Xen"}
	case l.Kind == Stub:
		return &ByHandError{l.Config + " is a unified image that boots Linux without Xen", "the section " + sectionCommandLine + ", and build the image again,"}
	case l.Unified:
		key := "kernel="
		if e.Xen {
			key = "options="
		}
		return &ByHandError{l.Config + " is a unified image, which has its configuration in itself", "the line " + key + " of that configuration, and build the image again,"}
	case l.Generated && l.Generate == nil:
		return &ByHandError{fmt.Sprintf("the program was not found that makes %s", l.Config), "its settings"}
	}
	return nil
}

// Generate has the boot loader's file made again.
func (p *WordPlan) Generate(h *Host) {
	generate := change.Command{Args: h.Loader.Generate, Why: h.Loader.Config + " is generated", Deadline: longCommand}
	p.Run(generate)
	p.RunBack(generate)
}

// linesByHand names the lines that a person has to change.
func (h *Host) linesByHand(e WordEdit) string {
	entries, _ := h.Loader.Entries(h.FS) // none that can be read is none to name
	var places []string
	for _, entry := range entries {
		if !entry.Recovery || e.Recovery {
			places = append(places, fmt.Sprintf("%s:%d", entry.File, entry.Line))
		}
	}
	if len(places) == 0 {
		return h.Loader.Config
	}
	return prose.List(places)
}

// CarryOut changes the files, runs the generator of the boot loader's file, and calls check. If
// anything fails, everything is taken back, and the error is a *change.TakenBackError.
func (p WordPlan) CarryOut(ctx context.Context, h *Host, check func(ctx context.Context) error) error {
	return p.Plan.CarryOut(ctx, change.Host{FS: h.FS, Run: h.run(), ReadBack: check})
}

// slots are the two parts of a command line: the words that the recovery entries have too, and
// those of the normal entries alone.
type slots struct{ common, normal []string }

func (s slots) all() []string { return slices.Concat(s.common, s.normal) }

// split returns the words of a line as parts: each word is in the part in which it is now, or
// was before. A new one is common if the edit is for the recovery entries too.
func (e WordEdit) split(words []string, now, before slots) (s slots) {
	parts := []struct {
		common bool
		left   []string
	}{{false, slices.Clone(now.normal)}, {true, slices.Clone(now.common)}, {true, slices.Clone(before.common)}, {false, slices.Clone(before.normal)}}
	for _, word := range words {
		common := e.Recovery
		for i := range parts {
			if at := slices.Index(parts[i].left, word); at >= 0 {
				parts[i].left = slices.Delete(parts[i].left, at, at+1)
				common = parts[i].common
				break
			}
		}
		if common {
			s.common = append(s.common, word)
		} else {
			s.normal = append(s.normal, word)
		}
	}
	return s
}

// apply returns the parts of a line after the edit. setting is the variable of the common part.
func (e WordEdit) apply(now, before slots, setting string) (slots, error) {
	words, err := e.Apply(now.all(), before.all())
	if err != nil {
		return slots{}, err
	}
	want := e.split(words, now, before)
	if e.Recovery || slices.Equal(want.common, now.common) {
		return want, nil
	}
	shared := &SharedError{Setting: setting}
	for _, word := range now.common {
		if !slices.Contains(want.common, word) {
			shared.Words = append(shared.Words, word)
		}
	}
	for _, word := range want.common {
		if !slices.Contains(now.common, word) {
			shared.Words = append(shared.Words, word)
		}
	}
	return slots{}, shared
}
