package pciback

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// Parameter is one parameter that is given to pciback, and its place.
type Parameter struct {
	Place
	Name     string // "hide", with '_' for '-'
	Value    string
	HasValue bool
	Text     string // as it is written there: "xen-pciback.hide=(00:09.0)", "permissive=1"
	Argument bool   // it is an argument of the kernel
}

// Place is a line of a file.
type Place struct {
	File string // without the root
	Line int    // from 1; 0 if the file is a single line
}

// String returns "FILE:LINE", or the file alone if there is no line.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return modprobe.Where{File: p.File, Line: p.Line}.String()
}

// ParametersOnLine returns the parameters that a pciback which is built into the kernel
// reads from a kernel command line, in their order. The name of its module is before the
// dot. Arguments after "--" are for init.
func ParametersOnLine(line grub.CommandLine, module string, at Place) (given []Parameter) {
	for _, a := range line.Arguments() {
		of, name, found := strings.Cut(a.Key, ".")
		if found && !a.AfterDashes && modprobe.Name(of) == modprobe.Name(module) {
			given = append(given, Parameter{Place: at, Name: modprobe.Name(name), Value: a.Value, HasValue: a.HasValue, Text: line.String()[a.Start:a.End], Argument: true})
		}
	}
	return given
}

// ParametersOfModule returns the parameters that modprobe gives to the module, in their
// order: those of a configuration, and then those of the kernel command line that was
// read with it, whose place is commandLine.
func ParametersOfModule(config *modprobe.Config, module string, commandLine Place) (given []Parameter) {
	options := config.Options(module)
	for _, p := range options.Parameters {
		for _, s := range append(p.Loses[:len(p.Loses):len(p.Loses)], p.Wins) {
			one := Parameter{Place: Place{s.Where.File, s.Where.Line}, Name: p.Name, Value: s.Value, HasValue: s.Given, Text: s.Word}
			if s.Where.File == "" {
				one.Place, one.Text, one.Argument = commandLine, module+"."+s.Word, true
			}
			given = append(given, one)
		}
	}
	return given
}

// Bool returns a value as the kernel reads a parameter that is a bool (param_set_bool
// in kernel/params.c, kstrtobool in lib/kstrtox.c). ok is false if the kernel refuses it.
func (p Parameter) Bool() (value, ok bool) {
	if !p.HasValue {
		return true, true
	}
	switch text := strings.ToLower(p.Value); {
	case text == "":
		return false, false
	case strings.HasPrefix(text, "on"), strings.IndexByte("y1t", text[0]) >= 0:
		return true, true
	case strings.HasPrefix(text, "of"), strings.IndexByte("n0f", text[0]) >= 0:
		return false, true
	}
	return false, false
}
