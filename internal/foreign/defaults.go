package foreign

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// GRUB 2's settings. Debian and its derivatives read the folder too.
const (
	defaultsFile   = "/etc/default/grub"
	defaultsFolder = "/etc/default/grub.d"
)

// maxDefaults bounds how many of these files are read; a system has two or three.
const maxDefaults = 64

// readDefaults reads GRUB 2's settings in the order of GRUB: a later file may set
// a variable again.
func (r *reader) readDefaults() {
	names := []string{defaultsFile}
	for _, name := range r.names(defaultsFolder) {
		if strings.HasSuffix(name, ".cfg") && path.Join(defaultsFolder, name) != brand.GRUBDropIn {
			names = append(names, path.Join(defaultsFolder, name))
		}
	}
	if len(names) > maxDefaults {
		r.unread(fmt.Errorf("%s: has more than %d files; the others were not read", defaultsFolder, maxDefaults))
		names = names[:maxDefaults]
	}
	var files []*grub.Defaults
	about := false
	for _, name := range names {
		content, exists := r.read(name)
		if !exists {
			continue
		}
		if without, err := block.Hiding.Blank(content); err == nil {
			content = without
		}
		r.settings = append(r.settings, name)
		file := grub.ParseDefaults(name, content)
		files = append(files, file)
		text := string(file.Bytes())
		about = about || strings.Contains(text, "pciback") || strings.Contains(text, "rd.qubes.") || strings.Contains(text, ".ids=")
	}
	final := grub.Read(files...)
	_, r.doubt = final.Dom0()
	if !about {
		return // parts that are not understood matter only if an entry hides a device
	}
	for i, file := range files {
		r.readVariables(file.Name, grub.Read(files[:i+1]...), final)
	}
}

// readVariables reads the variables that one file sets. then are the settings
// after that file, final the settings after all files.
func (r *reader) readVariables(name string, then, final grub.Settings) {
	for _, variable := range []string{
		grub.CmdlineLinux, grub.CmdlineLinuxDefault, grub.XenReplace, grub.XenReplaceDefault, grub.CmdlineXen, grub.CmdlineXenDefault,
	} {
		value, err := then.Get(variable)
		if err != nil {
			r.notUnderstood(name, err)
			continue
		}
		if !value.Set || value.File != name {
			continue
		}
		line, rest, err := value.KernelArguments()
		if err != nil {
			r.notUnderstood(name, err)
			continue
		}
		where := Where{value.File, value.Line}
		for _, s := range r.arguments(where, line) {
			s.Problems = append(s.Problems, r.variableProblems(variable, s, value, final)...)
			s.Dead = r.deadVariable(variable, s, final)
			r.add(s)
		}
		for _, s := range r.arguments(where, grub.ParseCommandLine(strings.TrimLeft(rest, "#;|&<>{}"))) {
			s.Problems, s.Dead = []string{fmt.Sprintf("it has no effect: GRUB ends the kernel's arguments at %q", rest[:1])}, true
			r.add(s)
		}
	}
}

// notUnderstood records, once, an assignment that only a shell could evaluate.
func (r *reader) notUnderstood(name string, err error) {
	at := (*grub.NotUnderstoodError)(nil)
	if !errors.As(err, &at) || at.File != name {
		return
	}
	if !slices.ContainsFunc(r.found.Unread, func(e error) bool { return e.Error() == err.Error() }) {
		r.unread(err)
	}
}

// variableProblems returns why dom0's kernel does not get the setting of a
// variable, or in which other entries it takes effect.
func (r *reader) variableProblems(variable string, s Setting, value grub.Setting, final grub.Settings) (problems []string) {
	if variable == grub.CmdlineXen || variable == grub.CmdlineXenDefault {
		return []string{variable + " is for Xen, which ignores it; dom0's kernel does not get it"}
	}
	if r.reaches(s, final) {
		if r.stale(s.Devices) {
			problems = append(problems, "no boot loader entry has it: grub.cfg was not generated again since the change")
		}
		if (variable == grub.CmdlineLinux || variable == grub.XenReplace) && (s.argument || !s.misspelt) {
			problems = append(problems, variable+" applies to recovery entries too, so they hide it as well")
		}
		if s.argument && len(r.own) > 0 {
			problems = append(problems, "it has no effect: xenpci's own "+pciback.HideKey+"= comes later, and pciback reads only the last one")
		}
		return problems
	}
	last, _ := final.Get(variable)
	var replaced string
	for _, pair := range grub.Dom0Variables() {
		if pair[1] == variable {
			replaced = pair[0]
		}
	}
	stands, _ := final.Get(replaced)
	switch {
	case last.File != value.File || last.Line != value.Line:
		return []string{fmt.Sprintf("it has no effect: %s sets %s again", Where{last.File, last.Line}, variable)}
	case replaced != "" && stands.Value != "":
		by := Where{stands.File, stands.Line}
		return []string{fmt.Sprintf("it has no effect: Xen entries use %s instead of %s (%s)", replaced, variable, by)}
	}
	return nil
}

// reaches reports whether the final settings pass a setting to dom0's kernel: its devices
// or, if it has none, its words. It returns true if the settings cannot be evaluated.
func (r *reader) reaches(s Setting, final grub.Settings) bool {
	line, err := final.Dom0()
	if err != nil {
		return true
	}
	if len(s.Devices) == 0 {
		return !slices.ContainsFunc(strings.Fields(s.Text), func(word string) bool { return !slices.Contains(strings.Fields(line.String()), word) })
	}
	var all []pci.Address
	for _, s := range r.arguments(Where{}, line) {
		all = appendNew(all, s.Devices...)
	}
	return !slices.ContainsFunc(s.Devices, func(a pci.Address) bool { return !slices.Contains(all, a) })
}
