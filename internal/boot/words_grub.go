package boot

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/grub"
)

// wordVariable is a setting of GRUB from which grub-mkconfig makes a part of a command line.
type wordVariable struct {
	name, fallback string // fallback: whose value it replaces where it is not empty; "" for none
	unset          bool   // no file sets it, and the shell that reads it may stop at that
}

// wordVariables are those of the common part and of the normal part of a line. Of dom0's they are
// those that entries without Xen do not have.
func wordVariables(xen bool) [2]wordVariable {
	if xen {
		return [2]wordVariable{{name: grub.CmdlineXen}, {name: grub.CmdlineXenDefault}}
	}
	dom0 := grub.Dom0Variables()
	return [2]wordVariable{{name: dom0[0][0], fallback: dom0[0][1]}, {name: dom0[1][0], fallback: dom0[1][1]}}
}

// value returns the value of a variable, or of its fallback, and where that is set.
func (v wordVariable) value(s grub.Settings) (grub.Setting, error) {
	_, value, err := s.First(v.names()...)
	return value, err
}

// names returns the names of a variable and of its fallback.
func (v wordVariable) names() []string {
	if v.fallback == "" {
		return []string{v.name}
	}
	return []string{v.name, v.fallback}
}

// line returns the line that gives the variable these words; "" if it has them already.
func (v wordVariable) line(want, before []string) (line string, fixed bool, err error) {
	switch n := len(before); {
	case slices.Equal(want, before):
		return "", false, nil
	case n == 0 && v.unset:
		return grub.ReplaceLine(v.name, want), false, nil
	case len(want) > n && slices.Equal(want[:n], before):
		line, err = grub.AppendLine(v.name, v.fallback, want[n:])
		return line, false, err
	}
	return grub.ReplaceLine(v.name, want), true, nil
}

// wordSettings are GRUB's settings as xenpci's words see them: those before its file or block.
type wordSettings struct {
	file          string // that has them
	before, after grub.Settings
	own           string // xenpci's lines, as they are now
}

// readWordSettings reads the settings up to xenpci's own words, and with these.
func (h *Host) readWordSettings() (s wordSettings, err error) {
	var files []*grub.Defaults
	var own []byte
	s.file = grubDefaults
	if h.Loader.DropIn {
		s.file = brand.GRUBWords
	}
	for _, name := range h.Loader.SettingFiles(h.FS) {
		if path.Dir(name) == path.Dir(brand.GRUBWords) && name >= brand.GRUBWords {
			break
		}
		state, err := h.view().Content(name)
		if err != nil {
			return s, err
		}
		content := state.Content
		if state.Exists && name == s.file {
			if content, own, err = aboveWords(content); err != nil {
				return s, fmt.Errorf("%s: %w", name, err)
			}
		}
		files = append(files, grub.ParseDefaults(name, content))
	}
	if h.Loader.DropIn {
		state, err := h.view().Content(brand.GRUBWords)
		if err != nil {
			return s, err
		}
		if state.Exists && brand.Owns(state.Content) {
			own = state.Content
		}
	}
	s.before = grub.Read(files...)
	s.after = grub.Read(append(files, grub.ParseDefaults(s.file, own))...)
	s.own = string(own)
	return s, nil
}

// aboveWords returns what is above xenpci's block of words, or above the place where it would be,
// and the lines of the block.
func aboveWords(content []byte) (above, own []byte, err error) {
	for _, kind := range []block.Kind{block.Words, block.Hiding} {
		b, found, err := kind.Find(content)
		if err != nil {
			return nil, nil, err
		}
		if found && kind == block.Words {
			own = []byte(b.Text)
		}
		if found {
			return b.Above(content), own, nil
		}
	}
	return content, nil, nil
}

// oneLine returns an error if a setting has a character by which a command line ends, or that no word of
// one can have.
func oneLine(name string, set grub.Setting) error {
	at := strings.IndexFunc(set.Value, func(r rune) bool { return r != '\t' && r < ' ' || r == 0x7f })
	if at < 0 {
		return nil
	}
	if c := set.Value[at]; c != '\n' {
		return &fault{fmt.Sprintf("%s:%d: the value of %s has the control character %q", set.File, set.Line, name, c), "remove it"}
	}
	return &fault{fmt.Sprintf("%s:%d: the value of %s has more than one line, and the entry ends after the first one", set.File, set.Line, name), "write it on one line"}
}

// lineSlots returns the words of a line by settings.
func lineSlots(s grub.Settings, variables [2]wordVariable) (words slots, err error) {
	for i, part := range []*[]string{&words.common, &words.normal} {
		if variables[i].name == "" {
			continue // all words are of the other one
		}
		value, err := variables[i].value(s)
		if err == nil {
			err = oneLine(variables[i].nameIn(s), value)
		}
		if err != nil {
			return slots{}, err
		}
		*part = wordsOf(grub.ParseCommandLine(value.Value))
	}
	return words, nil
}

// planSettings plans an edit of the words in GRUB's settings.
func (h *Host) planSettings(e WordEdit) (p WordPlan, err error) {
	if !h.Loader.DropIn && !h.FS.Exists(grubDefaults) {
		return p, &ByHandError{grubDefaults + " is missing, and grub-mkconfig reads no other settings here", "the settings of " + h.generator()}
	}
	settings, err := h.readWordSettings()
	if err != nil {
		return p, err
	}
	return h.planLines(e, settings, wordVariables)
}

// planLines plans an edit of the words in settings, of which variables has those of each line.
func (h *Host) planLines(e WordEdit, settings wordSettings, variables func(xen bool) [2]wordVariable) (p WordPlan, err error) {
	before, err := lineSlots(settings.before, variables(e.Xen))
	if err != nil {
		return p, err
	}
	now, err := lineSlots(settings.after, variables(e.Xen))
	if err != nil {
		return p, err
	}
	want, err := e.apply(now, before, variables(e.Xen)[0].nameIn(settings.after))
	if err != nil {
		return p, err
	}
	p.Now, p.Want = scriptWords(now.all()), scriptWords(want.all())
	var lines []string
	for i, part := range [2][3][]string{{want.common, before.common, now.common}, {want.normal, before.normal, now.normal}} {
		v := variables(e.Xen)[i]
		line, fixed, err := v.line(part[0], part[1])
		if err != nil {
			return p, err
		}
		if _, already, err := v.line(part[2], part[1]); already && err == nil {
			fixed = false // it was said when that was done
		}
		if line != "" {
			lines = append(lines, line)
		}
		if set, _ := v.value(settings.before); fixed && set.Set {
			p.Fixed = append(p.Fixed, FixedSetting{v.nameIn(settings.before), set.File, set.Line, settings.file})
		}
	}
	if others := settings.linesOf(variables(!e.Xen)); e.Xen {
		lines = append(lines, others...)
	} else {
		lines = append(others, lines...)
	}
	if settings.file == brand.GRUBWords {
		lines = append(lines, settings.others(variables)...)
	}
	c, err := h.wordLinesChange(settings.file, lines)
	if err == nil {
		err = p.Add(c)
	}
	return p, err
}

// scriptWords returns what GRUB makes of words of its settings.
func scriptWords(words []string) []string {
	line, _, err := grub.ScriptArguments(strings.Join(words, " "))
	if err != nil {
		return words // they are not in any entry
	}
	return wordsOf(line)
}

// nameIn returns the name of the variable that has the value.
func (v wordVariable) nameIn(s grub.Settings) string {
	name, _, _ := s.First(v.names()...) // lineSlots reports the error
	return name
}

// linesOf returns xenpci's lines that set one of these variables.
func (s wordSettings) linesOf(variables [2]wordVariable) (lines []string) {
	for line := range strings.Lines(s.own) {
		for _, v := range variables {
			if v.name != "" && strings.HasPrefix(line, v.name+"=") {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
	}
	return lines
}

// others returns the lines of xenpci's file that somebody else has written there.
func (s wordSettings) others(variables func(xen bool) [2]wordVariable) (lines []string) {
	own := append(s.linesOf(variables(true)), s.linesOf(variables(false))...)
	for line := range strings.Lines(s.own) {
		line = strings.TrimSuffix(line, "\n")
		if line != strings.TrimSuffix(wordsMark, "\n") && !slices.Contains(own, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// wordsMark is the top of xenpci's file of settings.
const wordsMark = brand.Mark + " host set. 'xenpci host unset' takes words out again.\n"

// wordLinesChange returns the change by which xenpci's file or block of settings has these lines.
func (h *Host) wordLinesChange(file string, lines []string) (change.Change, error) {
	on := len(lines) > 0
	if file == brand.GRUBWords {
		var want change.State
		if on {
			want = change.State{Exists: true, Content: []byte(wordsMark + strings.Join(lines, "\n") + "\n")}
		}
		return h.view().Whole(brand.GRUBWords, want, brand.Owns)
	}
	return wordBlock(h, file, lines)
}

// wordBlock returns the change by which xenpci's block of words in a file has these lines.
func wordBlock(h *Host, name string, lines []string) (change.Change, error) {
	return h.view().Edit(brand.Words, name, len(lines) > 0, func(old []byte) ([]byte, error) {
		e, err := block.Words.Remove(old)
		if len(lines) > 0 {
			e, err = block.Words.Set(old, lines)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		content, err := e.Apply(old)
		if err != nil || len(lines) == 0 {
			return content, err
		}
		at, _, err := block.Words.Find(content)
		for i, line := range lines {
			variable, _, _ := strings.Cut(line, "=")
			if err == nil {
				err = grub.ParseDefaults(name, content).Assigns(variable, at.Line+1+i)
			}
		}
		return content, err
	})
}
