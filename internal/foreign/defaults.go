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

// Where GRUB 2's settings are. Debian and its like read the folder too.
const (
	defaultsFile   = "/etc/default/grub"
	defaultsFolder = "/etc/default/grub.d"
)

// maxDefaults is how many of these files are read; a system has two or three.
const maxDefaults = 64

// readDefaults reads GRUB 2's settings, file by file, since a later one may set
// a variable anew.
func (r *reader) readDefaults() {
	names := []string{defaultsFile}
	for _, name := range r.names(defaultsFolder) {
		if strings.HasSuffix(name, ".cfg") && path.Join(defaultsFolder, name) != brand.GRUBDropIn {
			names = append(names, path.Join(defaultsFolder, name))
		}
	}
	if len(names) > maxDefaults {
		r.unread(fmt.Errorf("%s: more than %d files are not read", defaultsFolder, maxDefaults))
		names = names[:maxDefaults]
	}
	var files []*grub.Defaults
	about := false
	for _, name := range names {
		content, exists := r.read(name)
		if !exists {
			continue
		}
		if without, err := block.Blank(content); err == nil {
			content = without
		}
		file := grub.ParseDefaults(name, content)
		files = append(files, file)
		text := string(file.Bytes())
		about = about || strings.Contains(text, "pciback") || strings.Contains(text, "rd.qubes.")
	}
	if !about {
		return // and what is not understood in them does not matter
	}
	final := grub.Read(files...)
	for i, file := range files {
		r.readVariables(file.Name, grub.Read(files[:i+1]...), final)
	}
}

// readVariables reads what one file sets. then are the settings after it, final
// those after all files.
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
		for _, s := range r.arguments(Where{value.File, value.Line}, grub.ParseCommandLine(value.Value)) {
			s.Problems = append(s.Problems, r.variableProblems(variable, s, value, final)...)
			r.add(s)
		}
	}
}

// notUnderstood notes once what only a shell could tell of a file.
func (r *reader) notUnderstood(name string, err error) {
	at := (*grub.NotUnderstoodError)(nil)
	if !errors.As(err, &at) || at.File != name {
		return
	}
	if !slices.ContainsFunc(r.found.Unread, func(e error) bool { return e.Error() == err.Error() }) {
		r.unread(err)
	}
}

// variableProblems say why dom0's kernel would not get what a variable has, or
// where else it gets it.
func (r *reader) variableProblems(variable string, s Setting, value grub.Setting, final grub.Settings) (problems []string) {
	if variable == grub.CmdlineXen || variable == grub.CmdlineXenDefault {
		return []string{variable + " goes to Xen, which does not know it; dom0's kernel does not get it"}
	}
	if r.reaches(s.Devices, final) {
		if r.stale(s.Devices) {
			problems = append(problems, "the boot loader's entries do not have it: they were not made anew since")
		}
		if variable == grub.CmdlineLinux || variable == grub.XenReplace {
			problems = append(problems, "with "+variable+" the recovery entries hide it too")
		}
		if s.argument && len(r.own) > 0 {
			problems = append(problems, "it does not count: xenpci's own "+pciback.HideKey+"= comes later, and only the last one does")
		}
		return problems
	}
	last, _ := final.Get(variable)
	replaced := map[string]string{grub.CmdlineLinux: grub.XenReplace, grub.CmdlineLinuxDefault: grub.XenReplaceDefault}[variable]
	stands, _ := final.Get(replaced)
	switch {
	case last.File != value.File || last.Line != value.Line:
		return []string{fmt.Sprintf("it does not count: %s sets %s anew", Where{last.File, last.Line}, variable)}
	case replaced != "" && stands.Value != "":
		by := Where{stands.File, stands.Line}
		return []string{fmt.Sprintf("it does not count: in entries with Xen %s stands in for %s, by %s", replaced, variable, by)}
	}
	return nil
}

// reaches says whether dom0's kernel gets the devices in the end. Where that is
// not known, it may.
func (r *reader) reaches(devices []pci.Address, final grub.Settings) bool {
	line, err := final.Dom0()
	if err != nil {
		return true
	}
	var all []pci.Address
	for _, s := range r.arguments(Where{}, line) {
		all = appendNew(all, s.Devices...)
	}
	return !slices.ContainsFunc(devices, func(a pci.Address) bool { return !slices.Contains(all, a) })
}
