package passthrough

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/hostboot"
)

// inNoSetting warns of words that the edit is about, that the entry has and no setting: the generator's
// script writes them itself, or the settings had them when it ran.
func (v *View) inNoSetting(h *boot.Host, words hostboot.Change, plan boot.WordPlan) (warnings []Remark) {
	next := v.xenBoot()
	line := next.Dom0Line
	if words.Line == hostboot.XenLine {
		line = next.XenLine
	}
	if !h.Loader.Generated || next.Place.File != h.Loader.Config {
		return nil
	}
	warn := func(w hostboot.Word, reason, advice string) {
		warnings = append(warnings, Remark{Code: CodeNoEffect, Reason: fmt.Sprintf("%s:%d has %s, "+reason, w.Place.File, w.Place.Line, w.Text), Advice: advice})
	}
	key := words.Line.Key
	settings := func(option string) bool { // have a word of it: the one of the entry may come from there
		return slices.ContainsFunc(plan.Now, func(now string) bool { return key(now) == option })
	}
	unset := words.Unsets(line.Texts())
	for _, w := range line.Words {
		option := key(w.Text)
		same := func(set string) bool { return set != w.Text && key(set) == option }
		switch {
		case w.Place.Setting != "" || slices.Contains(plan.Want, w.Text):
		case slices.Contains(unset, w.Text):
			warn(w, "and no setting does", "if it is still there after the generator has run, "+scriptOf(w.Place)+" writes it itself")
		case slices.ContainsFunc(words.Set, same) && !words.Line.Repeats(option) && !settings(option):
			warn(w, "which "+scriptOf(w.Place)+" writes: the line has both, and the last one takes effect", "")
		}
	}
	return warnings
}

// scriptOf names the script that writes a line of a generated file.
func scriptOf(p hostboot.Place) string {
	if p.Script == "" {
		return "the generator's script"
	}
	return p.Script
}
