package foreign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Parameter is a parameter of pciback other than hide=, which somebody has set for all of its
// devices.
type Parameter struct {
	Where
	Text string // as it is written there: "permissive=1", "xen-pciback.passthrough"
	Name string // "permissive", with '_' for '-'
	Fate Fate
	Why  string // the fate in words, a clause without a full stop
}

// Fate is what becomes of a parameter once the declared list is in use.
type Fate string

// The fates of parameters.
const (
	Carried  Fate = "carried_over" // the declared list has it, for each device
	Stays    Fate = "stays"        // it stays in effect where it is
	Lost     Fate = "lost"         // it has an effect now, and none after the next boot
	NoEffect Fate = "no_effect"    // it has none now either
)

// permissive is the parameter for which the declared list has a key.
const permissive = "permissive"

// parameters returns a setting for each argument that is such a parameter.
func (r *reader) parameters(where Where, line grub.CommandLine) (found []Setting) {
	for _, a := range line.Arguments() {
		module, name, dotted := strings.Cut(a.Key, ".")
		if !dotted || !isPciback(module) || modprobe.Name(name) == "hide" {
			continue
		}
		s := parameterSetting(where, a, line.String()[a.Start:a.End], name)
		if modprobe.Name(module) != modprobe.Name(r.Module) {
			s.Problems = []string{fmt.Sprintf("it has no effect: this kernel's pciback is the module %s", r.Module)}
			s.Dead = true
		}
		found = append(found, s)
	}
	return found
}

// moduleParameters returns a setting for each word of a module's parameters.
func moduleParameters(where Where, text string) (found []Setting) {
	line := grub.ParseCommandLine(text)
	for _, a := range line.Arguments() {
		name := modprobe.Name(a.Key)
		if name == "hide" || strings.ContainsAny(name, "()") { // or the rest of a torn list
			continue
		}
		found = append(found, parameterSetting(where, a, text[a.Start:a.End], name))
	}
	return found
}

func parameterSetting(where Where, a grub.Argument, text, name string) Setting {
	return Setting{Where: where, Text: text, parameter: &pciback.Parameter{
		Place: pciback.Place{File: where.File, Line: where.Line}, Name: modprobe.Name(name), Value: a.Value, HasValue: a.HasValue, Text: text,
	}}
}

// settleParameters takes the parameters out of the settings, and finds out what becomes of each.
func (r *reader) settleParameters() {
	var given []Setting
	r.found.All = slices.DeleteFunc(r.found.All, func(s Setting) bool {
		if s.parameter != nil {
			given = append(given, s)
		}
		return s.parameter != nil
	})
	given = slices.DeleteFunc(given, func(s Setting) bool { // it is named where it comes from
		return s.File == runningFile && slices.ContainsFunc(given, func(other Setting) bool { return other.File != runningFile && other.Text == s.Text && !other.Dead })
	})
	wins := r.winning(given)
	for _, s := range given {
		p := Parameter{Where: s.Where, Text: s.Text, Name: s.parameter.Name}
		p.Fate, p.Why = r.fate(s, wins)
		if p.Fate == Carried {
			r.found.Permissive = true
		}
		r.found.Parameters = append(r.found.Parameters, p)
	}
}

// winning returns the setting of each parameter that takes effect: an argument of the kernel
// comes after modprobe's options, and of several the last takes effect.
func (r *reader) winning(given []Setting) map[string]Where {
	wins := map[string]Where{}
	for _, of := range []kind{loadKind, optionsKind, ""} {
		for _, s := range given {
			if s.kind == of && !s.Dead {
				wins[s.parameter.Name] = s.Where
			}
		}
	}
	return wins
}

// fate returns what becomes of a parameter, and why.
func (r *reader) fate(s Setting, wins map[string]Where) (Fate, string) {
	value, ok := s.parameter.Bool()
	switch {
	case len(s.Problems) > 0 && s.Dead:
		return NoEffect, strings.Join(s.Problems, "; ")
	case s.kind != "" && len(r.kernels[kmod.BuiltIn]) > 0 && len(r.kernels[kmod.Loadable]) == 0:
		return NoEffect, "it has no effect: pciback is built into " + r.kernels.of(kmod.BuiltIn) + ", " + optionsKind.builtIn()
	case wins[s.parameter.Name] != s.Where:
		return NoEffect, "it has no effect: " + wins[s.parameter.Name].String() + " sets " + s.parameter.Name + " again"
	case s.parameter.Name == permissive && value && ok:
		return Carried, "carried over: the devices are declared with permissive = true" + r.remains(s)
	case s.File == runningFile && r.normal:
		return Lost, "lost at the next boot: no boot loader entry has it"
	case s.kind == loadKind:
		return Lost, fmt.Sprintf("lost once xenpci is in use, which loads the module before: write 'options %s %s' into a file /etc/modprobe.d/*.conf", r.Module, s.Text)
	}
	if s.File == runningFile {
		return Stays, "stays in effect while the boot loader passes it, for pciback as a whole, and the declared list has no key for it"
	}
	return Stays, "stays in effect where it is, for pciback as a whole, and the declared list has no key for it: keep it if you remove the list of devices"
}

// remains reports whether a parameter that is carried over stays in effect for all other devices
// as well.
func (r *reader) remains(s Setting) string {
	if s.kind == loadKind || s.File == runningFile && r.normal {
		return ""
	}
	return ", and it stays in effect where it is, for every device of pciback"
}
