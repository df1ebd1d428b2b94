package foreign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// runningFile holds the command line of the running kernel.
const runningFile = sysfs.CommandLineFile

// readRunning reads the command line of the running kernel. It ignores arguments
// whose devices are all explained by xenpci's own argument.
func (r *reader) readRunning() {
	text, err := r.FS.CommandLine()
	if err != nil {
		r.unread(err)
		return
	}
	line := grub.ParseCommandLine(text)
	r.lines = append(r.lines, line)
	key, _ := pciback.HideKeys(r.Module)
	_, r.argument = line.Value(key)
	for _, s := range r.arguments(Where{File: runningFile}, line) {
		if r.ours(s.Devices) && !s.misspelt {
			continue
		}
		if r.stale(s.Devices) {
			s.Problems = append(s.Problems, "no boot loader entry has it, so it is gone after the next boot")
		}
		r.add(s)
	}
}

// ours reports whether xenpci's own kernel argument explains the devices.
func (r *reader) ours(devices []pci.Address) bool {
	return len(devices) > 0 && !slices.ContainsFunc(devices, func(a pci.Address) bool { return !slices.Contains(r.own, a) })
}

// arguments returns the settings in one command line of dom0's kernel.
func (r *reader) arguments(where Where, line grub.CommandLine) []Setting {
	var found []Setting
	key, other := pciback.HideKeys(r.Module)
	if s, ok := r.hideList(where, line, key, other); ok {
		found = append(found, s)
	}
	if s, ok := r.qubes(where, line); ok {
		found = append(found, s)
	}
	found = append(found, r.stubArguments(where, line)...)
	return append(found, r.parameters(where, line)...)
}

// hideList reads the arguments named key, or by one of its other spellings.
func (r *reader) hideList(where Where, line grub.CommandLine, key string, others ...string) (Setting, bool) {
	list, ok := pciback.ReadHideList(line, key, others...)
	if !ok && len(list.Problems) == 0 {
		return Setting{}, false
	}
	words := argumentsOf(line, append([]string{key}, others...), list.Problems)
	s := Setting{Where: where, argument: ok}
	for _, p := range list.Problems {
		if p.Kind == pciback.HideMisspelt {
			s.misspelt = true
			words = append(words, p.Text)
		}
		s.Problems = append(s.Problems, r.hideProblem(p, key))
	}
	s.Text = strings.Join(words, " ")
	devices, problems := r.meant(list.Meant, list.Unclear)
	s.Devices = devices
	s.idle = r.idle(list, devices)
	s.Problems = append(s.Problems, problems...)
	return s, true
}

// argumentsOf returns the arguments with one of the keys, verbatim, each together
// with the words that a blank has separated from it.
func argumentsOf(line grub.CommandLine, keys []string, problems []pciback.HideProblem) (words []string) {
	for _, a := range line.Arguments() {
		if slices.ContainsFunc(keys, func(key string) bool { return grub.SameKey(a.Key, key) }) {
			end := a.End
			for _, p := range problems {
				if p.Kind == pciback.HideBlank && p.Start > end && strings.TrimSpace(line.String()[end:p.Start]) == "" {
					end = p.End
				}
			}
			words = append(words, line.String()[a.Start:end])
		}
	}
	return words
}

// hideProblem describes what is wrong with a list.
func (r *reader) hideProblem(p pciback.HideProblem, key string) string {
	switch p.Kind {
	case pciback.HideBlank:
		return fmt.Sprintf("a blank ends the list before %s, which is not hidden; remove the blank", p.Text)
	case pciback.HideRepeated:
		return fmt.Sprintf("%s has no effect: only the last of several %s= arguments does", p.Text, key)
	case pciback.HideOtherKey:
		return fmt.Sprintf("%s has no effect: this kernel's pciback is the module %s, which reads %s=", p.Text, r.Module, key)
	case pciback.HideMisspelt:
		return fmt.Sprintf("%s has no effect: pciback does not read it; write %s", p.Text, p.Right)
	case pciback.HideAfterDashes:
		return fmt.Sprintf("%s is after --, where a built-in pciback does not read it", p.Text)
	}
	return fmt.Sprintf("pciback rejects the whole list, does not start and hides nothing: at %q, %s", cmp.Or(p.Err.Group(), "its end"), p.Err.Reason)
}
