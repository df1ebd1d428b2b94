package foreign

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// isPciback reports whether a module is pciback, in any of its spellings.
func isPciback(module string) bool {
	name := modprobe.Name(module)
	return name == modprobe.Name(pciback.ModuleName) || name == modprobe.Name(pciback.OldModuleName)
}

// oldConfig is the only file that the first module-init-tools read.
const oldConfig = "/etc/modprobe.conf"

// modprobeFolder is the folder of which module-init-tools read every file, and
// kmod only *.conf.
const modprobeFolder = "/etc/modprobe.d"

// rule is a line for modprobe.
type rule struct {
	Where
	modprobe.Directive
	text    string // verbatim, on one line
	ignored string // why this system's modprobe does not read it; "" if it does
}

// readModprobeConfig reads modprobe's configuration, which other sources need
// too. It excludes the kernel command line, which is a separate source.
func (r *reader) readModprobeConfig() {
	root := r.FS.Root()
	r.modprobe = modprobe.Read(modprobe.System{Root: root, Release: r.Release, Old: modprobe.OldTools(root)})
	r.unread(r.modprobe.Unread...)
}

// readModprobe reads the lines about pciback. It reads the lists first: a line
// that names a driver means the driver's devices only if no list names them.
func (r *reader) readModprobe() {
	rules := append(r.rulesRead(), r.rulesIgnored()...)
	for _, l := range rules {
		switch {
		case l.Kind != modprobe.Options:
		case isPciback(l.Module):
			r.readOptions(l)
		default:
			r.readMisspeltOptions(l)
		}
	}
	lists := slices.Clone(r.found.All)
	for _, l := range rules {
		if l.Kind == modprobe.Options {
			r.readStubOptions(l)
		}
	}
	for _, l := range rules {
		switch l.Kind {
		case modprobe.Install:
			r.readInstall(l, lists)
		case modprobe.Softdep:
			r.readSoftdep(l)
		case modprobe.Alias:
			if isPciback(l.Text) && isPciback(l.Module) {
				r.add(Setting{Where: l.Where, Text: l.text, kind: ruleKind})
			}
		}
	}
}

// rulesRead returns the lines that modprobe reads and xenpci did not write.
func (r *reader) rulesRead() (rules []rule) {
	for _, file := range r.modprobe.Files {
		if brand.Owns(file.Bytes()) {
			continue
		}
		rules = append(rules, rulesOf(file, "")...)
	}
	return rules
}

// rulesIgnored returns the lines in files that this system's modprobe ignores.
func (r *reader) rulesIgnored() (rules []rule) {
	add := func(name, why string) {
		if content, exists := r.read(name); exists {
			file := modprobe.Parse(content)
			file.Path = name
			rules = append(rules, rulesOf(file, why)...)
		}
	}
	noSuffix := "it has no effect: modprobe reads only files named *.conf"
	if modprobe.OldTools(r.FS.Root()) {
		noSuffix = "only an old modprobe reads a file that is not named *.conf"
	} else {
		add(oldConfig, "it has no effect: this system's modprobe does not read "+oldConfig)
	}
	for _, name := range r.names(modprobeFolder) {
		// Files with another suffix are copies made by editors or packages.
		if !strings.ContainsAny(name, ".~#") && !r.isFolder(path.Join(modprobeFolder, name)) {
			add(path.Join(modprobeFolder, name), noSuffix)
		}
	}
	return rules
}

func rulesOf(file *modprobe.File, ignored string) (rules []rule) {
	own, _, _ := block.Hiding.Find(file.Bytes()) // lines of a damaged block may not be xenpci's
	for _, l := range file.Lines {
		// "options xen-pciback,hide=..." is no directive for modprobe, since nothing follows.
		if words := strings.Fields(l.Raw); len(words) == 2 && words[0] == string(modprobe.Options) {
			l.Directive = modprobe.Directive{Kind: modprobe.Options, Module: words[1]}
		}
		if l.Directive.Kind != "" && !own.Has(l.Number) {
			rules = append(rules, rule{Where{file.Path, l.Number}, l.Directive, oneLine(l.Raw), ignored})
		}
	}
	return rules
}

// oneLine joins lines that are continued with a backslash.
func oneLine(raw string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(raw, "\\\n", " ")), " ")
}

// readOptions reads "options xen-pciback hide=...".
func (r *reader) readOptions(l rule) {
	for _, s := range moduleParameters(l.Where, l.Text) {
		s.kind, s.Problems = optionsKind, r.notRead(l)
		s.Dead = len(s.Problems) > 0
		r.add(s)
	}
	s, ok := r.hideList(l.Where, grub.ParseCommandLine(l.Text), "hide")
	if !ok {
		return
	}
	var problems []string
	if s.argument || l.ignored != "" || r.wrongName(l.Module) != "" {
		problems = r.optionProblems(l)
	}
	s.Problems, s.Dead = append(s.Problems, problems...), !s.argument || len(problems) > 0
	s.Text, s.argument, s.kind = l.text, false, optionsKind
	r.add(s)
}

// readMisspeltOptions reads "options xen-pciback,hide=...", whose module has a name that
// is nearly pciback's.
func (r *reader) readMisspeltOptions(l rule) {
	list, ok := pciback.MisspeltOptions(l.Module, l.Text)
	if !ok {
		return
	}
	devices, problems := r.meant(list.Meant, list.Unclear)
	problems = append([]string{r.hideProblem(list.Problems[0], "hide")}, problems...)
	r.add(Setting{Where: l.Where, Text: l.text, Devices: devices, Problems: problems, Dead: true, misspelt: true})
}

// optionProblems returns why the list in a line has no effect.
func (r *reader) optionProblems(l rule) []string {
	if problems := r.notRead(l); len(problems) > 0 {
		return problems
	}
	options := r.modprobe.Options(r.Module)
	hide := options.Parameter("hide")
	switch {
	case hide == nil:
		return []string{"it has no effect: modprobe finds no hide= in it"}
	case hide.Wins.Where != modprobe.Where(l.Where):
		return []string{fmt.Sprintf("it has no effect: %s comes later, and only the last hide= takes effect", hide.Wins.Where)}
	case r.argument:
		key, _ := pciback.HideKeys(r.Module)
		return []string{fmt.Sprintf("it has no effect: %s= on the running kernel's command line overrides it", key)}
	}
	return nil
}

// notRead returns why the module gets no parameters from a line.
func (r *reader) notRead(l rule) []string {
	if l.ignored != "" {
		return []string{l.ignored}
	}
	if problem := r.wrongName(l.Module); problem != "" {
		return []string{problem}
	}
	return nil
}

// wrongName describes the effect of a line that names pciback's module
// differently than this kernel does; "" if it uses the same name.
func (r *reader) wrongName(module string) string {
	if modprobe.Name(module) == modprobe.Name(r.Module) {
		return ""
	}
	for _, alias := range r.modprobe.Aliases(module) {
		if modprobe.Name(alias.Directive.Module) == modprobe.Name(r.Module) {
			return fmt.Sprintf("it takes effect only for 'modprobe %s' (alias in %s), not when %s is loaded by its own name",
				module, alias.Where, r.Module)
		}
	}
	return fmt.Sprintf("it has no effect: this kernel has no module %s; the module is %s", module, r.Module)
}

// readInstall reads an install line that loads pciback before a driver or instead
// of it. If instead, the line means all devices of the driver, unless a list names
// some of them.
func (r *reader) readInstall(l rule, lists []Setting) {
	loads := modprobe.Loads(l.Text)
	at := slices.IndexFunc(loads, isPciback)
	if at < 0 || isPciback(l.Module) {
		return
	}
	s := Setting{Where: l.Where, Text: l.text, Problems: r.ruleProblems(l, loads[at], r.modprobe.Install(l.Module)), kind: ruleKind}
	if softdep := r.modprobe.Softdep(l.Module); l.ignored == "" && r.modprobe.InstallIgnored(l.Module) {
		s.Problems = append(s.Problems,
			fmt.Sprintf("it has no effect: %s has a softdep for %s, so modprobe ignores install lines for it", softdep.Wins.Where, l.Module))
	}
	s.Dead = len(s.Problems) > 0
	r.readLoading(&s, modprobe.Loadings(l.Text)[at].Parameters)
	if slices.ContainsFunc(loads, func(name string) bool { return modprobe.Name(name) == modprobe.Name(l.Module) }) {
		r.add(s) // the driver still takes its other devices
		return
	}
	cards := r.cards(l.Module)
	listed := len(s.Devices) > 0 || slices.ContainsFunc(lists, func(s Setting) bool {
		return slices.ContainsFunc(s.Devices, func(a pci.Address) bool { return slices.Contains(cards, a) })
	})
	if !listed {
		s.Devices = cards
	}
	if len(s.Problems) == 0 {
		s.Problems = []string{instead(l.Module, cards, listed)}
	}
	r.add(s)
}

// readLoading adds what a command gives to pciback to the setting of its line: the devices
// of a list, and other parameters, each as a setting of its own. It applies only when that
// command loads the module.
func (r *reader) readLoading(s *Setting, text string) {
	for _, p := range moduleParameters(s.Where, text) {
		p.kind, p.Problems, p.Dead = loadKind, s.Problems, s.Dead
		r.add(p)
	}
	if list, ok := r.hideList(s.Where, grub.ParseCommandLine(text), "hide"); ok {
		s.Devices, s.idle = list.Devices, list.idle
		s.Problems = append(s.Problems, list.Problems...)
	}
}

// instead describes the effect of loading pciback instead of a driver.
func instead(driver string, cards []pci.Address, listed bool) string {
	switch {
	case len(cards) == 0:
		return "this machine has no device for " + driver
	case listed:
		return driver + " is never loaded, so its other devices have no driver"
	}
	return driver + " is never loaded, so its devices have no driver; pciback takes none of them, because no hide= names them"
}

// readSoftdep reads a softdep line that loads pciback before a driver. It names no
// device.
func (r *reader) readSoftdep(l rule) {
	at := slices.IndexFunc(l.Pre, isPciback)
	if at < 0 || isPciback(l.Module) {
		return
	}
	s := Setting{Where: l.Where, Text: l.text, kind: ruleKind}
	s.Problems = r.ruleProblems(l, l.Pre[at], r.modprobe.Softdep(l.Module))
	s.Dead = len(s.Problems) > 0
	r.add(s)
}

// ruleProblems returns why an install or softdep line has no effect.
func (r *reader) ruleProblems(l rule, loaded string, rules modprobe.Rules) (problems []string) {
	if l.ignored != "" {
		return []string{l.ignored}
	}
	if rules.Wins != nil && rules.Wins.Where != modprobe.Where(l.Where) {
		problems = append(problems, fmt.Sprintf("it has no effect: of several %s lines for %s, modprobe uses the one in %s", l.Kind, l.Module, rules.Wins.Where))
	}
	if modprobe.Name(loaded) != modprobe.Name(r.Module) && len(r.modprobe.Aliases(loaded)) == 0 {
		problems = append(problems,
			fmt.Sprintf("it loads nothing before %s: this kernel has no module %s; the module is %s", l.Module, loaded, r.Module))
	}
	return problems
}

// cards returns the devices that are bound to a driver or claimed by its module.
func (r *reader) cards(module string) (cards []pci.Address) {
	same := func(name string) bool { return name != "" && modprobe.Name(name) == modprobe.Name(module) }
	for _, d := range r.Devices {
		if same(d.Driver) || r.Modules != nil && slices.ContainsFunc(r.Modules(d.Modalias), same) {
			cards = append(cards, d.Address)
		}
	}
	return cards
}
