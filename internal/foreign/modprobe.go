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
)

// The names of pciback's module: today's, and XenoLinux's.
const (
	newModule = "xen-pciback"
	oldModule = "pciback"
)

// isPciback says whether a module is pciback, in any of its spellings.
func isPciback(module string) bool {
	name := modprobe.Name(module)
	return name == modprobe.Name(newModule) || name == modprobe.Name(oldModule)
}

// oldConfig is the only file of the first module-init-tools.
const oldConfig = "/etc/modprobe.conf"

// modprobeFolder is where old programs read every file, and kmod *.conf alone.
const modprobeFolder = "/etc/modprobe.d"

// rule is a line for modprobe.
type rule struct {
	Where
	modprobe.Directive
	text    string // as it stands there, on one line
	ignored string // why this system's modprobe does not read it; "" where it does
}

// readModprobeConfig reads what modprobe is told, which other sources ask for
// too. The command line of the kernel is a source of its own.
func (r *reader) readModprobeConfig() {
	root := r.FS.Root()
	r.modprobe = modprobe.Read(modprobe.System{Root: root, Release: r.Release, Old: modprobe.OldTools(root)})
	r.unread(r.modprobe.Unread...)
}

// readModprobe reads the lines about pciback: first the lists, since lines that
// name a driver mean its devices only where no list does.
func (r *reader) readModprobe() {
	rules := append(r.rulesRead(), r.rulesIgnored()...)
	for _, l := range rules {
		if l.Kind == modprobe.Options && isPciback(l.Module) {
			r.readOptions(l)
		}
	}
	lists := slices.Clone(r.found.All)
	for _, l := range rules {
		switch l.Kind {
		case modprobe.Install:
			r.readInstall(l, lists)
		case modprobe.Softdep:
			r.readSoftdep(l)
		case modprobe.Alias:
			if isPciback(l.Text) && isPciback(l.Module) {
				r.add(Setting{Where: l.Where, Text: l.text})
			}
		}
	}
}

// rulesRead are the lines that modprobe reads and xenpci did not write.
func (r *reader) rulesRead() (rules []rule) {
	for _, file := range r.modprobe.Files {
		if brand.Owns(file.Bytes()) {
			continue
		}
		rules = append(rules, rulesOf(file, "")...)
	}
	return rules
}

// rulesIgnored are those in files that this system's modprobe does not read.
func (r *reader) rulesIgnored() (rules []rule) {
	add := func(name, why string) {
		if content, exists := r.read(name); exists {
			file := modprobe.Parse(content)
			file.Path = name
			rules = append(rules, rulesOf(file, why)...)
		}
	}
	noSuffix := "it does not count: modprobe reads files called *.conf alone"
	if modprobe.OldTools(r.FS.Root()) {
		noSuffix = "only an old modprobe reads a file that is not called *.conf"
	} else {
		add(oldConfig, "it does not count: this system's modprobe does not read "+oldConfig)
	}
	for _, name := range r.names(modprobeFolder) {
		// What has another ending is a copy that somebody or something keeps.
		if !strings.ContainsAny(name, ".~#") && !isFolder(r, name) {
			add(path.Join(modprobeFolder, name), noSuffix)
		}
	}
	return rules
}

func isFolder(r *reader, name string) bool {
	_, err := r.FS.Entries(path.Join(modprobeFolder, name)+"/.", 1)
	return err == nil
}

func rulesOf(file *modprobe.File, ignored string) (rules []rule) {
	own, _, _ := block.Find(file.Bytes()) // lines of a damaged block are somebody else's
	for _, l := range file.Lines {
		if l.Directive.Kind != "" && !own.Has(l.Number) {
			rules = append(rules, rule{Where{file.Path, l.Number}, l.Directive, oneLine(l.Raw), ignored})
		}
	}
	return rules
}

// oneLine joins what backslashes part.
func oneLine(raw string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(raw, "\\\n", " ")), " ")
}

// readOptions reads "options xen-pciback hide=...".
func (r *reader) readOptions(l rule) {
	s, ok := r.hideList(l.Where, grub.ParseCommandLine(l.Text), "hide")
	if !ok {
		return
	}
	s.Text, s.argument = l.text, false
	s.Problems = append(s.Problems, r.optionProblems(l)...)
	r.add(s)
}

// optionProblems say why the list of a line does not count.
func (r *reader) optionProblems(l rule) []string {
	if l.ignored != "" {
		return []string{l.ignored}
	}
	if problem := r.wrongName(l.Module); problem != "" {
		return []string{problem}
	}
	options := r.modprobe.Options(r.Module)
	hide := options.Parameter("hide")
	switch {
	case hide == nil:
		return []string{"it does not count: modprobe does not find hide= in it"}
	case hide.Wins.Where != modprobe.Where(l.Where):
		return []string{fmt.Sprintf("it does not count: %s comes later, and only the last hide= does", hide.Wins.Where)}
	case r.argument:
		return []string{fmt.Sprintf("it does not count: the running kernel's command line has %s=, and that comes last", r.key())}
	}
	return nil
}

// wrongName says what comes of naming pciback's module otherwise than this
// kernel does.
func (r *reader) wrongName(module string) string {
	if modprobe.Name(module) == modprobe.Name(r.Module) {
		return ""
	}
	for _, alias := range r.modprobe.Aliases(module) {
		if modprobe.Name(alias.Directive.Module) == modprobe.Name(r.Module) {
			return fmt.Sprintf("by the alias in %s it counts for 'modprobe %s' alone, and not when %s is loaded by its name",
				alias.Where, module, r.Module)
		}
	}
	return fmt.Sprintf("it does not count: this kernel has no module %s; it is %s", module, r.Module)
}

// readInstall reads a line by which loading a driver loads pciback before it, or
// in its place: then all cards of the driver are the guests', unless a list
// names those that are.
func (r *reader) readInstall(l rule, lists []Setting) {
	loads := modprobe.Loads(l.Text)
	at := slices.IndexFunc(loads, isPciback)
	if at < 0 || isPciback(l.Module) {
		return
	}
	s := Setting{Where: l.Where, Text: l.text, Problems: r.ruleProblems(l, loads[at], r.modprobe.Install(l.Module))}
	if softdep := r.modprobe.Softdep(l.Module); l.ignored == "" && r.modprobe.InstallIgnored(l.Module) {
		s.Problems = append(s.Problems,
			fmt.Sprintf("it does not count: %s is a softdep for %s, and no install line is run then", softdep.Wins.Where, l.Module))
	}
	if slices.ContainsFunc(loads, func(name string) bool { return modprobe.Name(name) == modprobe.Name(l.Module) }) {
		r.add(s) // its other cards keep the driver
		return
	}
	cards := r.cards(l.Module)
	listed := slices.ContainsFunc(lists, func(s Setting) bool {
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

// instead is what comes of loading pciback in the place of a driver.
func instead(driver string, cards []pci.Address, listed bool) string {
	switch {
	case len(cards) == 0:
		return "no device is there that " + driver + " would take"
	case listed:
		return driver + " is never loaded, so its other devices have no driver"
	}
	return driver + " is never loaded, so all its devices stay without a driver; pciback takes none, since no hide= names them"
}

// readSoftdep reads a line by which pciback is loaded before a driver. It names
// no device.
func (r *reader) readSoftdep(l rule) {
	at := slices.IndexFunc(l.Pre, isPciback)
	if at < 0 || isPciback(l.Module) {
		return
	}
	s := Setting{Where: l.Where, Text: l.text}
	s.Problems = r.ruleProblems(l, l.Pre[at], r.modprobe.Softdep(l.Module))
	r.add(s)
}

// ruleProblems say why an install or a softdep line does not do what it says.
func (r *reader) ruleProblems(l rule, loaded string, rules modprobe.Rules) (problems []string) {
	if l.ignored != "" {
		return []string{l.ignored}
	}
	if rules.Wins != nil && rules.Wins.Where != modprobe.Where(l.Where) {
		problems = append(problems, fmt.Sprintf("it does not count: of several %s lines for %s that in %s does", l.Kind, l.Module, rules.Wins.Where))
	}
	if modprobe.Name(loaded) != modprobe.Name(r.Module) && len(r.modprobe.Aliases(loaded)) == 0 {
		problems = append(problems,
			fmt.Sprintf("it loads nothing before %s: this kernel has no module %s; it is %s", l.Module, loaded, r.Module))
	}
	return problems
}

// cards are the devices that a driver has, or that its module would take.
func (r *reader) cards(module string) (cards []pci.Address) {
	same := func(name string) bool { return name != "" && modprobe.Name(name) == modprobe.Name(module) }
	for _, d := range r.Devices {
		if same(d.Driver) || r.Modules != nil && slices.ContainsFunc(r.Modules(d.Modalias), same) {
			cards = append(cards, d.Address)
		}
	}
	return cards
}
