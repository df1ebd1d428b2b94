package pciback

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
)

// StartError reports a setting that keeps pciback from starting: it is not loaded, or
// not registered, and no device can be hidden.
type StartError struct {
	Place
	Argument bool   // it is an argument of the kernel
	Text     string // the setting as it is written there
	Bad      string // the part of it that is refused, "(00:0a:0)"; "" for all of it
	Why      string // what is wrong with it

	// Where the next boot's command line gets an argument from. Gone is true if it does not
	// have it any more. The caller fills these in if it knows the boot loader.
	Origins []Place
	Gone    bool
}

// Error returns the reason and the advice.
func (e *StartError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason returns the place, the setting, and what is wrong with it.
func (e *StartError) Reason() string {
	text := e.Place.String() + ": " + shortened(e.Text) + ": "
	if e.Bad != "" {
		text += fmt.Sprintf("at %.40q: ", e.Bad)
	}
	return text + e.Why
}

// Advice returns what to do.
func (e *StartError) Advice() string {
	if !e.Argument {
		return "correct or remove that line, and try again"
	}
	if e.Gone {
		return "reboot: the boot loader's entries do not have it any more"
	}
	if len(e.Origins) == 0 {
		return "correct or remove it in the boot loader's configuration, and reboot"
	}
	places := make([]string, len(e.Origins))
	for i, p := range e.Origins {
		places[i] = p.String()
	}
	return "correct or remove it in " + prose.List(places) + ", run update-grub or grub2-mkconfig if one of them makes the boot menu, and reboot"
}

// CheckParameters returns which of the parameters keeps pciback from starting; nil if none
// does. The kernel loads no module of which it refuses a parameter, whereas it starts a
// driver that is built in without that parameter (parse_args in kernel/params.c, load_module
// in kernel/module/main.c). pciback itself refuses to start because of one bad group in the
// last hide= (pcistub_init in drivers/xen/xen-pciback/pci_stub.c).
func CheckParameters(given []Parameter, builtIn bool) *StartError {
	var hide *Parameter
	for i, p := range given {
		why := ""
		switch p.Name {
		case "hide":
			switch {
			case !p.HasValue:
				why = "there is no value"
			case len(p.Value) > MaxHide:
				why = fmt.Sprintf("the list is longer than %d bytes", MaxHide)
			default:
				hide = &given[i]
			}
		case "permissive", "passthrough":
			if _, ok := p.Bool(); !ok {
				why = "the value is neither yes nor no"
			}
		}
		if why != "" && !builtIn {
			return &StartError{Place: p.Place, Argument: p.Argument, Text: p.Text, Why: why + ", so the kernel does not load the module"}
		}
	}
	if hide == nil {
		return nil
	}
	_, refused := parseHide(hide.Value)
	if refused == nil {
		return nil
	}
	return &StartError{Place: hide.Place, Argument: hide.Argument, Text: hide.Text,
		Bad: refused.Group(), Why: refused.Meant() + "; pciback rejects the whole list and does not start"}
}

// Group returns the group at which the kernel stops, "(00:0a:0)"; "" at the end of the value.
func (e *HideError) Group() string {
	rest := e.Value[min(e.At, len(e.Value)):]
	if end := strings.IndexByte(rest, ')'); end >= 0 {
		return rest[:end+1]
	}
	return rest
}

// Meant returns what is wrong with the group, and what was probably meant.
func (e *HideError) Meant() string {
	group := e.Group()
	var wrong *pci.AddressError
	if _, err := pci.ParseAddress(strings.Trim(group, "()")); errors.As(err, &wrong) && strings.HasPrefix(group, "(") && strings.HasSuffix(group, ")") {
		if wrong.Meant != "" {
			return wrong.Reason + " (did you mean " + wrong.Meant + "?)"
		}
		return wrong.Reason
	}
	return e.Reason
}

// initFunction is the one that a kernel calls to start a pciback that is built in
// (drivers/xen/xen-pciback/pci_stub.c).
const initFunction = "pcistub_init"

// Start is what a kernel starts pciback with.
type Start struct {
	Module  string // the name of pciback's module
	BuiltIn bool   // it is built into the kernel

	// CommandLine is the kernel's, and At is its place.
	CommandLine grub.CommandLine
	At          Place

	// Config is modprobe's configuration, read with that command line. It is not used if
	// pciback is built in.
	Config *modprobe.Config
}

// Parameters returns the parameters that pciback gets, in their order.
func (s Start) Parameters() []Parameter {
	if s.BuiltIn {
		return ParametersOnLine(s.CommandLine, s.Module, s.At)
	}
	return ParametersOfModule(s.Config, s.Module, s.At)
}

// Blocked returns the setting because of which pciback is not started at all, whatever its
// parameters are; nil if there is none.
func (s Start) Blocked() *StartError {
	if s.BuiltIn {
		return s.listed("initcall_blacklist", initFunction, "the kernel does not start pciback")
	}
	name := modprobe.Name(s.Module)
	if e := s.listed("module_blacklist", name, "the kernel refuses the module"); e != nil {
		return e
	}
	install := s.Config.Install(s.Module).Wins
	if install == nil || s.Config.InstallIgnored(s.Module) ||
		slices.ContainsFunc(modprobe.Loads(install.Directive.Text), func(loaded string) bool { return modprobe.Name(loaded) == name }) {
		return nil
	}
	return &StartError{Place: Place{install.Where.File, install.Where.Line}, Text: "install " + install.Directive.Module + " " + install.Directive.Text,
		Why: "modprobe runs this command in place of loading the module"}
}

// Check returns what keeps pciback from starting; nil if nothing does.
func (s Start) Check() *StartError {
	if e := s.Blocked(); e != nil {
		return e
	}
	return CheckParameters(s.Parameters(), s.BuiltIn)
}

// listed returns an error if an argument that is a list of names has this one.
func (s Start) listed(key, name, why string) *StartError {
	for _, a := range s.CommandLine.All(key) {
		if !a.AfterDashes && slices.Contains(strings.Split(a.Value, ","), name) {
			return &StartError{Place: s.At, Argument: true, Text: s.CommandLine.String()[a.Start:a.End], Why: why}
		}
	}
	return nil
}
