package passthrough

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/check"
	"github.com/xenpci/xenpci/internal/hostboot/option"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/pkg/grub"
)

// HostLine is one of the two command lines of a Xen host.
type HostLine string

// The command lines.
const (
	HostXenLine  HostLine = "xen"  // the hypervisor's
	HostDom0Line HostLine = "dom0" // that of dom0's kernel
)

// HostRepeat is what becomes of the other words of an option that may be given several times,
// such as console= on dom0's line. If it is "", there must be none, and the error is
// CodeRepeatedOption.
type HostRepeat string

// What may become of them.
const (
	HostRepeatAdd     HostRepeat = "add"     // they stay, and the new words come last
	HostRepeatReplace HostRepeat = "replace" // they go
)

// HostWordsOptions are the words that are set and unset, and how.
type HostWordsOptions struct {
	Line     HostLine
	Set      []string // words that the line is to have
	Unset    []string // words, or the names of options, that it is not to have
	Repeat   HostRepeat
	Recovery bool // in the recovery entries too
	Force    bool // also words in which CheckHostBoot finds an error
	DryRun   bool // return what would be done, and do nothing
}

// HostWordsChange is a change of the words of a command line.
type HostWordsChange struct {
	Line     HostLine `json:"line"`
	Added    []string `json:"added"`              // words, of the settings or of the entry that boots by default
	Removed  []string `json:"removed"`            // words
	Recovery bool     `json:"recovery,omitempty"` // the recovery entries are changed too

	// Entries are all those that change, where the entries themselves are edited.
	Entries []HostWordsEntry `json:"entries,omitempty"`

	Warnings  []Remark     `json:"warnings,omitempty"`
	Files     []FileChange `json:"files"`               // that changed, or would
	Commands  []string     `json:"commands"`            // that ran, or would
	Elsewhere bool         `json:"elsewhere,omitempty"` // the commands have to be run on the machine that the root belongs to
	DryRun    bool         `json:"dry_run,omitempty"`
	Diff      string       `json:"diff,omitempty"` // of a dry run: all changes of files
}

// HostWordsEntry is an entry of the boot loader of which words change.
type HostWordsEntry struct {
	Title   string   `json:"title"`
	File    string   `json:"file"`
	Line    int      `json:"line,omitempty"` // from 1; 0 if it is not known
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

// Nothing reports whether everything was as it should be.
func (c HostWordsChange) Nothing() bool { return len(c.Files)+len(c.Commands) == 0 }

// ChangeHostWords sets and unsets words of the command line of Xen or of dom0's kernel, where the
// boot loader of this host keeps it. It runs the system's generator, and reads back what came of
// it. If the entries do not have the words then, everything is taken back, and the error's code is
// CodeTakenBack.
//
// Where a word that was set earlier is unset, what it replaced comes back. New words in which
// CheckHostBoot finds an error are refused with CodeBadWord unless that is forced. Lines that
// xenpci does not write are refused with CodeByHand; the error names their place. announce, which
// may be nil, gets the change before anything is done, since a generator can take minutes.
func (v *View) ChangeHostWords(ctx context.Context, o HostWordsOptions, announce func(HostWordsChange)) (c HostWordsChange, err error) {
	if err := o.check(); err != nil {
		return c, err
	}
	err = v.inTurn(ctx, reporter{}, o.DryRun, func(held *os.File) error {
		c, err = v.changeHostWords(ctx, o, held, announce)
		return err
	})
	return c, wrapped(err)
}

// check returns why the options are not understood.
func (o HostWordsOptions) check() error {
	bad := func(reason, advice string) error {
		return &Error{Code: CodeBadOption, Reason: reason, Advice: advice}
	}
	if o.Line != HostXenLine && o.Line != HostDom0Line {
		return bad(fmt.Sprintf("there is no command line %q", o.Line), "the lines are xen and dom0")
	}
	if len(o.Set)+len(o.Unset) == 0 {
		return bad("no word was given", "")
	}
	for _, word := range slices.Concat(o.Set, o.Unset) {
		if why := notWord(word); why != "" {
			return bad(fmt.Sprintf("%q %s", word, why), "a word is NAME or NAME=VALUE")
		}
		if boot.Hides(word) && o.Line == HostDom0Line {
			return bad(word+": the devices that are hidden are not set here", "'xenpci hide --boot' and 'xenpci unhide --boot' do that")
		}
	}
	for _, word := range o.Set {
		if word == "placeholder" {
			return bad(word+": GRUB's scripts write it before the other words, and it sets nothing", "")
		}
		if err := grub.CheckWord(word); err != nil {
			return bad(err.Error(), "some program that reads the command line would change it")
		}
	}
	return nil
}

// notWord returns why a text cannot be a word of any command line; "" if it can.
func notWord(text string) string {
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	switch {
	case text == "":
		return "is empty"
	case strings.ContainsAny(text, "\r\n"):
		return "has more than one line"
	case strings.ContainsFunc(text, control):
		return "has a control character"
	case strings.Trim(text, " ") == "":
		return "has nothing but blanks"
	}
	return ""
}

func (v *View) changeHostWords(ctx context.Context, o HostWordsOptions, held *os.File, announce func(HostWordsChange)) (HostWordsChange, error) {
	v.next.forget()
	h, err := v.bootLoader(ctx, held)
	if err != nil {
		return HostWordsChange{}, err
	}
	words := hostboot.Change{Line: hostboot.Kind(o.Line), Set: o.Set, Unset: o.Unset, Repeat: hostboot.Repeat(o.Repeat)}
	e := boot.WordEdit{Xen: o.Line == HostXenLine, Recovery: o.Recovery, Apply: words.Apply, Others: words.Others, Unsets: words.Unsets, Names: words.Names, Key: hostboot.OptionOf}
	plan, err := boot.PlanWords(ctx, h, e)
	if err != nil {
		return HostWordsChange{}, err
	}
	c := newHostWordsChange(o, plan)
	c.Elsewhere = h.Run == nil
	faults, warnings := v.newFaults(ctx, o.Line, plan)
	c.Warnings = append(c.Warnings, warnings...)
	c.Warnings = append(c.Warnings, v.inNoSetting(h, words, plan)...)
	if len(faults) > 0 && !o.Force {
		return c, &Error{Code: CodeBadWord, Reason: "nothing was changed, because of what the check finds in the new words", Advice: "--force sets them anyway", Causes: faults}
	}
	for _, fault := range faults {
		c.Warnings = append(c.Warnings, fault.remark())
	}
	if announce != nil {
		announce(c)
	}
	if o.DryRun {
		return c, nil
	}
	defer v.next.forget()
	return c, plan.CarryOut(ctx, h, func(ctx context.Context) error {
		if h.Run == nil && h.Loader.Generated {
			return nil // no program ran, so that nothing was made of the settings
		}
		return v.whereLost(o.Line, plan.Check(ctx, h, e))
	})
}

// bootLoader returns what is known of the boot loader, and how its programs run in this turn.
func (v *View) bootLoader(ctx context.Context, held *os.File) (*boot.Host, error) {
	h, err := boot.LookAtLoader(v.fs)
	if err != nil {
		return nil, err
	}
	h.Run = engine.Generators(ctx, v.fs, held)
	if v.fs.Real() {
		h.Ask = program.Ask
	}
	return h, nil
}

func newHostWordsChange(o HostWordsOptions, plan boot.WordPlan) HostWordsChange {
	line := newHostLineChange(plan.Now, plan.Want)
	c := HostWordsChange{Line: o.Line, Added: line.Added, Removed: line.Removed, Recovery: o.Recovery, DryRun: o.DryRun}
	for _, e := range plan.Entries {
		line := newHostLineChange(e.Now, e.Want)
		c.Entries = append(c.Entries, HostWordsEntry{Title: e.Title, File: e.File, Line: e.Line, Added: line.Added, Removed: line.Removed})
	}
	c.Files, c.Commands, c.Diff = planned(&plan.Plan, o.DryRun)
	for _, f := range plan.Fixed {
		by := f.By
		if by == f.File {
			by = "xenpci's block at the end of that file"
		}
		c.Warnings = append(c.Warnings, Remark{
			Code:   CodeNoEffect,
			Reason: fmt.Sprintf("%s:%d: %s has no effect on the entries with Xen any more, since %s replaces it", f.File, f.Line, f.Name, by),
			Advice: "make later changes with 'xenpci host set'",
		})
	}
	return c
}

// compareWords returns the words that are only in the first list, and only in the second.
func compareWords(now, want []string) (lost, added []string) {
	return hostboot.Compare(hostboot.Line{}.With(nil, now), hostboot.Line{}.With(nil, want))
}

// newFaults returns the errors and the warnings of the check that the line has only after the
// change.
func (v *View) newFaults(ctx context.Context, line HostLine, plan boot.WordPlan) (faults []*Error, warnings []Remark) {
	next := v.xenBoot()
	manual, running := option.Open(), hostboot.ReadRunning(v.fs, "").Release
	type key struct {
		code check.Code
		word string
	}
	with := func(words []string) hostboot.Next {
		n := next
		if line == HostXenLine {
			n.XenLine = n.XenLine.With(plan.Now, words)
		} else {
			n.Dom0Line = n.Dom0Line.With(plan.Now, words)
		}
		return n
	}
	old := map[key]bool{}
	for _, f := range check.Lines(v.fs, with(plan.Now), manual, running) { // the entry may not have them yet
		old[key{f.Code, f.Word}] = true
	}
	next = with(plan.Want)
	found := check.Lines(v.fs, next, manual, running)
	if _, added := compareWords(plan.Now, plan.Want); line == HostDom0Line && next.Xen && len(added) > 0 {
		next.Dom0Line = hostboot.Line{}.With(nil, added)
		kernel, unread := hostboot.ReadKernel(ctx, v.fs, next)
		found = append(found, check.Parameters(ctx, next, kernel, unread)...)
	}
	for _, f := range found {
		if old[key{f.Code, f.Word}] {
			continue
		}
		reason := f.Reason
		if f.Word != "" {
			reason = f.Word + ": " + reason
		}
		fault := &Error{Code: CodeBadWord, Reason: reason, Advice: f.Advice}
		switch f.Severity {
		case check.Error:
			faults = append(faults, fault)
		case check.Warning:
			warnings = append(warnings, fault.remark())
		case check.Note:
		}
	}
	return faults, warnings
}

// xenBoot returns what boots next or, if that is not Xen or for recovery, the first other entry
// with Xen that is not.
func (v *View) xenBoot() hostboot.Next {
	next := v.nextBoot()
	if next.Xen && !next.Recovery {
		return next
	}
	others, _ := next.Others(v.fs) // without them, the settings are all that is known
	for _, other := range others {
		if !other.Recovery {
			return other
		}
	}
	return next
}

// whereLost adds to the error of an entry which setting changes its words after xenpci's.
func (v *View) whereLost(line HostLine, err error) error {
	var lost *boot.LostError
	if !errors.As(err, &lost) {
		return err
	}
	v.next.forget() // the generator ran
	next := v.xenBoot()
	words := next.Dom0Line.Words
	if line == HostXenLine {
		words = next.XenLine.Words
	}
	for _, w := range words {
		if slices.Contains(lost.Has, w.Text) && w.Place.Setting != "" {
			lost.Remedy = fmt.Sprintf("%s:%d sets %s; change it there", w.Place.File, w.Place.Line, w.Place.Setting)
			return lost
		}
	}
	for _, s := range next.Settings { // the part that the normal entries have comes last
		switch {
		case s.Xen != (line == HostXenLine) || len(lost.Lacks) == 0:
		case slices.Contains(s.Words, lost.Lacks[0]):
			lost.Remedy = ""
			return lost // the settings have it, and the generator did not write it
		default:
			lost.Remedy = fmt.Sprintf("%s:%d sets %s after xenpci's words; append to the variable there, or move the line", s.Place.File, s.Place.Line, s.Place.Setting)
		}
	}
	return lost
}
