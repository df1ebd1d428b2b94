package foreign

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// readCommands adds a setting for each command that hides a device or loads pciback with a
// list. file is where they are.
func (r *reader) readCommands(file string, commands []command, problems ...string) {
	for _, c := range commands {
		problems := append(slices.Clip(problems), c.problems()...)
		for _, s := range r.commandSettings(Where{file, c.line}, c) {
			s.Problems = append(s.Problems, problems...)
			s.Dead = s.Dead || len(problems) > 0
			r.add(s)
		}
	}
}

// problems returns why a command is not executed.
func (c command) problems() []string {
	if c.after == 0 {
		return nil
	}
	return []string{fmt.Sprintf("it has no effect: it comes after exit in line %d", c.after)}
}

// commandSettings returns the settings of one command.
func (r *reader) commandSettings(where Where, c command) []Setting {
	if len(c.words) == 0 {
		return nil
	}
	at := func(word string) int { return slices.Index(c.words, word) }
	one := func(s Setting, ok bool) []Setting {
		if !ok {
			return nil
		}
		s.Where, s.Text = where, commandText(c)
		return []Setting{s}
	}
	switch program := baseNameOf(c.words[0]); {
	case (program == "xl" || program == "xm") && at("pci-assignable-add") > 0:
		words := c.words[at("pci-assignable-add")+1:]
		s := r.named(withoutFlags(words, "-n", "--name"))
		for i, w := range words {
			if (w == "-n" || w == "--name") && i+1 < len(words) && len(s.Devices) == 1 && !strings.ContainsAny(words[i+1], "$`") {
				r.found.names[s.Devices[0]] = words[i+1]
			}
		}
		return one(s, true)
	case program == "virsh" && max(at("nodedev-detach"), at("nodedev-dettach")) > 0:
		verb := max(at("nodedev-detach"), at("nodedev-dettach"))
		if slices.ContainsFunc(c.words, func(w string) bool { return w == "vfio" || w == "--driver=vfio" || w == "kvm" || w == "--driver=kvm" }) {
			return nil // for guests of KVM
		}
		return one(r.named(withoutFlags(c.words[verb+1:], "--driver", "--device")), true)
	case program == "driverctl" && at("set-override") > 0:
		words := c.words[at("set-override")+1:]
		if len(words) < 2 {
			return nil
		}
		a, err := pci.ParseAddress(words[0])
		if err != nil {
			return one(r.named(words[:1]), isPciback(words[1]) || words[1] == pciback.Name)
		}
		s, ok := r.override(where, a, words[1])
		s.Problems = append(s.Problems, r.notLoadable(words[1])...)
		return one(s, ok)
	case program == "modprobe":
		return r.scriptLoading(where, c)
	case program == "echo" || program == "printf":
		return r.written(where, c)
	}
	return nil
}

// commandText is a command as it is shown.
func commandText(c command) string {
	text := strings.Join(c.words, " ")
	for _, file := range c.into {
		text += " > " + file
	}
	return text
}

// withoutFlags drops flags, and the words after those that take a value.
func withoutFlags(words []string, valued ...string) (rest []string) {
	for i := 0; i < len(words); i++ {
		switch {
		case slices.Contains(valued, words[i]) && words[i] == "--device":
		case slices.Contains(valued, words[i]):
			i++
		case !strings.HasPrefix(words[i], "-"):
			rest = append(rest, words[i])
		}
	}
	return rest
}

// named returns a setting for the devices that the arguments of a command name.
func (r *reader) named(words []string) (s Setting) {
	for _, w := range words {
		selector, err := pci.ParseSelector(w)
		switch {
		case strings.ContainsAny(w, "$`"):
			s.Problems = append(s.Problems, fmt.Sprintf("it names its device by %q, which only a shell can evaluate: look there yourself", w))
		case err != nil:
			s.Problems = append(s.Problems, err.Error())
		case selector.Kind == pci.KindModel:
			s.Problems = append(s.Problems, fmt.Sprintf("%q is no address", w))
		default:
			for _, d := range r.Devices {
				if selector.Kind == pci.KindSlot && d.Address.SlotString() == selector.Address.SlotString() {
					s.Devices = appendNew(s.Devices, d.Address)
				}
			}
			if selector.Kind != pci.KindSlot {
				s.Devices = appendNew(s.Devices, selector.Address)
			}
		}
	}
	s.Problems = few(s.Problems)
	return s
}

// scriptLoading returns the settings of a command that loads pciback with parameters.
func (r *reader) scriptLoading(where Where, c command) (found []Setting) {
	for _, l := range modprobe.Loadings(strings.Join(c.words, " ")) {
		if !isPciback(l.Module) {
			continue
		}
		found = append(found, moduleParameters(where, l.Parameters)...)
		if s, ok := r.hideList(where, grub.ParseCommandLine(l.Parameters), "hide"); ok {
			s.Text, s.argument = commandText(c), false
			found = append(found, s)
		}
		for i := range found {
			found[i].kind = loadKind
			if problem := r.wrongName(l.Module); problem != "" {
				found[i].Problems, found[i].Dead = append(found[i].Problems, problem), true
			}
		}
	}
	return found
}

// written returns the settings of a command that writes into a file of sysfs.
func (r *reader) written(where Where, c command) (found []Setting) {
	var values []string // of a loop, several
	for _, word := range withoutFlags(c.words[1:]) {
		if word = strings.TrimSuffix(word, `\n`); !strings.Contains(word, "%") { // a format of printf
			values = append(values, word)
		}
	}
	for _, file := range c.into {
		s, ok := r.write(where, file, values)
		if ok {
			s.Where, s.Text = where, commandText(c)
			found = append(found, s)
		}
	}
	return found
}

// write returns the setting of a write into a file of sysfs. ok is false if it hides nothing.
func (r *reader) write(where Where, file string, values []string) (s Setting, ok bool) {
	value := strings.Join(values, " ")
	driver := path.Base(path.Dir(file))
	switch attribute := path.Base(file); {
	case driver == pciback.Name && attribute == "new_slot":
		return r.named(values), true
	case driver == pciback.Name && attribute == permissive:
		s = r.named(values)
		r.found.permissive = appendNew(r.found.permissive, s.Devices...)
		s.Devices = nil
		s.Problems = append(s.Problems, "the device is permissive; that is carried over if it is declared")
		return s, true
	case attribute == "driver_override":
		a, known := pci.ParseName(driver)
		if known {
			return r.override(where, a, value)
		}
		return r.named([]string{driver}), isPciback(value) || value == pciback.Name
	}
	return Setting{}, false
}
