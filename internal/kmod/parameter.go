package kmod

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Parameter is a parameter of a module.
type Parameter struct {
	Module string // with '_'; "" where the module's own file has it
	Name   string // without the module
	Type   string // "bool", "int", "charp", "array of int"; "" where it is not known
	About  string // the description; "" if there is none
}

// mostParameters bounds how many are read. Debian 12's kernel has 500 of what is built in.
const mostParameters = 1 << 14

// ParseParameters parses the NUL-terminated entries "parm=NAME:ABOUT" and "parmtype=NAME:TYPE"
// of a module's section .modinfo, or those of modules.builtin.modinfo, which have the module
// and a dot before them. The result is sorted.
func ParseParameters(text string) []Parameter {
	type place struct{ module, name string }
	found := map[place]*Parameter{}
	for entry := range strings.SplitSeq(text, "\x00") {
		key, value, _ := strings.Cut(entry, "=")
		module, key, dotted := strings.Cut(key, ".")
		if !dotted {
			module, key = "", module
		}
		if key != "parm" && key != "parmtype" {
			continue
		}
		name, rest, _ := strings.Cut(value, ":")
		at := place{normal(module), name}
		p := found[at]
		if p == nil {
			if len(found) == mostParameters {
				continue
			}
			p = &Parameter{Module: at.module, Name: name}
			found[at] = p
		}
		if key == "parm" {
			p.About = rest
		} else {
			p.Type = rest
		}
	}
	all := make([]Parameter, 0, len(found))
	for _, p := range found {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Parameter) int { return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.Name, b.Name)) })
	return all
}

// BuiltInParameters returns the parameters of the modules that are built in
// (modules.builtin.modinfo, since Linux 5.2).
func (k Kernel) BuiltInParameters() ([]Parameter, error) {
	text, err := k.fsys.Read(k.dir+"/modules.builtin.modinfo", maxIndex)
	if err != nil {
		return nil, err
	}
	return ParseParameters(string(text)), nil
}

// Files returns the files of the loadable modules, by their names with '_' (modules.dep).
func (k Kernel) Files() (map[string]string, error) {
	text, err := k.fsys.Read(k.dir+"/modules.dep", maxIndex)
	if err != nil {
		return nil, fmt.Errorf("the modules of kernel %s: %w", k.Release, err)
	}
	files := map[string]string{}
	for line := range bytes.Lines(text) {
		file, _, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		name := string(file)
		if !path.IsAbs(name) { // module-init-tools wrote absolute names
			name = k.dir + "/" + name
		}
		files[moduleName(name)] = name
	}
	return files, nil
}
