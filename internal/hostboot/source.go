package hostboot

import (
	"bytes"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// sources are the settings from which a program writes the two command lines of an entry.
type sources struct {
	files     []*grub.Defaults
	xen, dom0 []string // the variables, in the order in which their words stand in the line
}

// readSources returns the settings behind an entry; none if it is not made from settings.
func readSources(f sysfs.FS, l boot.Loader, e boot.Entry) (s sources) {
	if l.Kind != boot.GRUB2 || !l.Generated || e.File != l.Config || e.Script == "" {
		return s
	}
	content, _, err := etc.Script(f, e.Script)
	if err == nil && !grub.ParseGenerator(e.Script, content).FromSettings() {
		return s
	}
	s.files = settingFiles(f, l)
	settings := grub.Read(s.files...)
	used := func(pair [2]string) string {
		name, _, _ := settings.First(pair[:]...) // what is not known has no words
		return name
	}
	dom0 := grub.Dom0Variables()
	s.xen, s.dom0 = []string{grub.CmdlineXen}, []string{used(dom0[0])}
	if !e.Recovery {
		s.xen = append(s.xen, grub.CmdlineXenDefault)
		s.dom0 = append(s.dom0, used(dom0[1]))
	}
	return s
}

// settings returns what each variable has in the end.
func (s sources) settings() (all []Setting) {
	settings := grub.Read(s.files...)
	for i, names := range [...][]string{s.xen, s.dom0} {
		for _, name := range names {
			set, err := settings.Get(name)
			if err != nil || !set.Set {
				continue // nobody but the shell knows it, or there is nothing to know
			}
			line, rest, err := set.KernelArguments()
			all = append(all, Setting{Place: Place{File: set.File, Line: set.Line, Setting: name}, Words: splitDom0(line.String()), Xen: i == 0, Rest: rest, Err: err})
		}
	}
	return all
}

// words returns the words of a line with their places: in one of the variables, or else where
// the line itself stands.
func (s sources) words(texts []string, line Place, variables []string) []Word {
	var histories []history
	for _, name := range variables {
		histories = append(histories, s.history(name))
	}
	words := make([]Word, len(texts))
	for i, text := range texts {
		words[i] = Word{Text: text, Place: line}
		for _, h := range histories {
			if place, ok := h.origin(text); ok {
				words[i].Place = place
				break
			}
		}
	}
	return words
}

// history has the values that a variable gets one after another, as the files are read.
type history []state

type state struct {
	words []string
	place Place
}

// maxStates bounds how many assignments of one variable are looked at: the last ones.
const maxStates = 64

// history evaluates a variable after each line of the files that may set it.
func (s sources) history(name string) (h history) {
	for _, end := range s.lines(name) {
		file := s.files[end.file]
		before := append(slices.Clone(s.files[:end.file]), grub.ParseDefaults(file.Name, file.Bytes()[:end.offset]))
		set, err := grub.Read(before...).Get(name)
		if err != nil || !set.Set || set.File != file.Name {
			continue // the value goes on in the next line, or the line is about another variable
		}
		if value, _, err := set.KernelArguments(); err == nil {
			h = append(h, state{splitDom0(value.String()), Place{File: set.File, Line: set.Line, Setting: name}})
		}
	}
	return h
}

// lineEnd is where a line of a file ends, in bytes.
type lineEnd struct{ file, offset int }

// lines returns the last lines that have a name.
func (s sources) lines(name string) (ends []lineEnd) {
	for i, file := range s.files {
		at := 0
		for line := range bytes.Lines(file.Bytes()) {
			if at += len(line); bytes.Contains(line, []byte(name)) {
				ends = append(ends, lineEnd{i, at})
			}
		}
	}
	return ends[max(len(ends)-maxStates, 0):]
}

// origin returns where a word that the variable has in the end came into it.
func (h history) origin(word string) (place Place, ok bool) {
	for _, s := range slices.Backward(h) {
		if !slices.Contains(s.words, word) {
			break
		}
		place, ok = s.place, true
	}
	return place, ok
}

// settingFiles returns the files of GRUB 2's settings that can be read.
func settingFiles(f sysfs.FS, l boot.Loader) (files []*grub.Defaults) {
	for _, name := range l.SettingFiles(f) {
		content, exists, err := etc.Read(f, name)
		if err == nil && exists {
			files = append(files, grub.ParseDefaults(name, content))
		}
	}
	return files
}

// FirstSetting returns the value of the first of some variables that has one, and where it is set, if the
// boot loader's file is made from settings; ok is false if none has.
func FirstSetting(f sysfs.FS, l boot.Loader, names ...string) (value string, place Place, ok bool) {
	if l.Kind != boot.GRUB2 || !l.Generated {
		return "", Place{}, false
	}
	settings := grub.Read(settingFiles(f, l)...)
	for _, name := range names {
		if set, err := settings.Get(name); err == nil && set.Value != "" {
			return set.Value, Place{File: set.File, Line: set.Line, Setting: name}, true
		}
	}
	return "", Place{}, false
}
